"""The network under mosec."""

import orjson
from mosec import Server, Worker
from network import answer, load


class Digits(Worker):
    """What each of mosec's workers does."""

    def __init__(self):
        """Read the weights."""
        super().__init__()
        self.network = load()

    def deserialize(self, data):
        """The body of a request."""
        return orjson.loads(data)

    def forward(self, data):
        """Probabilities of rows."""
        return answer(self.network(data["instances"]))

    def serialize(self, data):
        """As JSON has them."""
        return orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)


if __name__ == "__main__":
    server = Server()
    server.append_worker(Digits, num=2)
    server.run()
