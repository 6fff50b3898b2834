"""The network under FastAPI and uvicorn, as short as it gets: no validation, no metrics, no access log."""

import orjson
from fastapi import FastAPI, Request, Response
from network import answer, load

app = FastAPI()
forward = load()


@app.post("/predict")
async def predict(request: Request):
    """Probabilities of rows."""
    instances = orjson.loads(await request.body())["instances"]
    content = orjson.dumps(answer(forward(instances)), option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, media_type="application/json")
