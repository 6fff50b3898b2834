"""Peers: the same network under servers of models, and as users would write it themselves."""

from pathlib import Path

from benchmarks.contenders.contender import ONE_BLAS_THREAD, ROOT, Contender, instances, tensor

PEERS = ROOT / "benchmarks/peers"
HEAVY = 3  # so slow, and so far from Numeral, that they are measured in every third round


def _uvicorn(application: str) -> tuple[str, ...]:
    return ("-m", "uvicorn", f"{application}:app", "--workers", "2", "--log-level", "warning")


FASTAPI = Contender(
    "FastAPI, uvicorn",
    lambda python, port: [python, *_uvicorn("fastapi_bare"), "--no-access-log", "--port", str(port)],
    {"JSON": instances("/predict")},
    "/openapi.json",
    lambda _: ONE_BLAS_THREAD,
    "fastapi",
    lambda: PEERS,
)
CAREFUL = Contender(
    "FastAPI, uvicorn, with validation, metrics and access log",
    lambda python, port: [python, *_uvicorn("fastapi_careful"), "--no-access-log", "--port", str(port)],
    {"JSON": instances("/predict")},
    "/healthz",
    lambda port: ONE_BLAS_THREAD | {"PROMETHEUS_MULTIPROC_DIR": f"metrics-{port}"},
    "fastapi",
    lambda: PEERS,
)
MOSEC = Contender(
    "mosec",
    lambda python, port: [
        *(python, "-m", "mosec_app", "--address", "127.0.0.1", "--port", str(port)),
        *("--timeout", "60000", "--log-level", "warning"),
    ],
    {"JSON": instances("/inference")},
    "/",
    lambda _: ONE_BLAS_THREAD,
    "mosec",
    lambda: PEERS,
)
MLSERVER = Contender(
    "MLServer",
    lambda python, _: [str(Path(python).with_name("mlserver")), "start", "."],
    {"JSON": tensor("/v2/models/digits/infer")},
    "/v2/models/digits/ready",
    lambda port: (
        ONE_BLAS_THREAD
        | {
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(port + 1),
            "MLSERVER_METRICS_PORT": str(port + 2),
            "MLSERVER_PARALLEL_WORKERS": "2",
            "MLSERVER_MODEL_NAME": "digits",
            "MLSERVER_MODEL_IMPLEMENTATION": "mlserver_model.Model",
        }
    ),
    "mlserver",
    lambda: PEERS,
    HEAVY,
)
LITSERVE = Contender(
    "LitServe",
    lambda python, _: [python, "-m", "litserve_app"],
    {"JSON": instances("/predict")},
    "/health",
    lambda port: ONE_BLAS_THREAD | {"PORT": str(port)},
    "litserve",
    lambda: PEERS,
    HEAVY,
)
BENTOML = Contender(
    "BentoML",
    lambda python, port: [
        *(python, "-m", "bentoml", "serve", "bentoml_service:Digits"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ],
    {"JSON": instances("/predict")},
    "/readyz",
    lambda _: ONE_BLAS_THREAD | {"BENTOML_DO_NOT_TRACK": "True"},
    "bentoml",
    lambda: PEERS,
    HEAVY,
)
