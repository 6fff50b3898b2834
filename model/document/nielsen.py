"""Nielsen's files: networks as network2.py (Nielsen 2015, chapter 3) and its descendants save them.

    {"sizes": [784, 30, 10], "weights": [W, ...], "biases": [b, ...], "cost": "CrossEntropyCost"}

Every layer is a sigmoid, W is (n_l, n_(l-1)) and b (n_l, 1), as here. Some descendants write `size` for
`sizes` or a bias as a flat list, and some say no cost: theirs is the quadratic, that of network.py. The cost
only tells what training lowered. It is looked up in a table; nothing that a file names is ever called or
imported.
"""

import hashlib
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from model.document.document import Document, Input
from model.document.json_arrays import read_matrix, read_row
from model.document.json_parser import ARRAY, plain
from model.document.strict_json import expect, member, parse
from model.errors import FormatError
from model.network.network import Network
from model.timestamps import now

LARGEST = 1 << 28  # bytes: some twelve million weights
COSTS: Mapping[str, str] = MappingProxyType(
    {
        "QuadraticCost": "quadratic",
        "CrossEntropyCost": "bernoulli_cross_entropy",
        "quadratic": "quadratic",
        "cross_entropy": "bernoulli_cross_entropy",
        "bernoulli_cross_entropy": "bernoulli_cross_entropy",
    }
)
UNSAID = "quadratic"
IMAGE = Input()


def decode(raw: bytes, name: str, source: str) -> Document:
    """Read such a file; its float64 weights are rounded to float32.

    Args:
        raw: the file.
        name: of the model that it becomes.
        source: what people are told that it came from.

    Raises:
        FormatError: it is not JSON, breaks the form above, or has a key that is not of it: such a key may
            change what the network computes, as another activation would.
    """
    if len(raw) > LARGEST:
        raise FormatError(f"document: expected at most {LARGEST} bytes, got more")
    network = _network(parse(raw))
    pixels, outputs = network.sizes[0], network.sizes[-1]
    return Document(
        name=name,
        created_at=now(),
        network=network,
        classes=tuple(str(index) for index in range(max(outputs, 2))),
        input=IMAGE if pixels == math.prod(IMAGE.shape) else Input((pixels,), preprocessing="none"),
        lineage={
            "imported": {"file": source, "sha256": hashlib.sha256(raw).hexdigest()},
            "notes": [f"imported from {source}: its data set and accuracy are not known"],
        },
    )


def _network(root: Any) -> Network:
    sizes_key = "size" if "size" in root and "sizes" not in root else "sizes"
    for key in root:
        if key not in (sizes_key, "weights", "biases", "cost"):
            raise FormatError(f"document: expected the keys sizes, weights, biases and cost, got {key!r}")
    sizes = plain(member(root, sizes_key, ARRAY))
    try:
        network = Network.build(sizes, ["sigmoid"] * (len(sizes) - 1), _cost(root))
    except ValueError as error:
        raise FormatError(str(error)) from None
    for index, W in enumerate(_layers(root, "weights", len(sizes) - 1)):
        read_matrix(W, network.parameters.W[index], f"weights[{index}]")
    for index, b in enumerate(_layers(root, "biases", len(sizes) - 1)):
        _read_bias(b, network.parameters.b[index], f"biases[{index}]")
    return network


def _cost(root: Any) -> str:
    name = member(root, "cost", str) if "cost" in root else UNSAID
    known = {alias.lower(): cost for alias, cost in COSTS.items()}
    try:
        return known[name.lower().replace("-", "_")]
    except KeyError:
        raise FormatError(f"cost: expected one of {', '.join(COSTS)}, got {name!r}") from None


def _layers(root: Any, key: str, count: int) -> Any:
    layers = member(root, key, ARRAY)
    if len(layers) != count:
        raise FormatError(f"{key}: expected {count}, one for each layer after the input, got {len(layers)}")
    return layers


def _read_bias(b: Any, out: Any, where: str) -> None:
    expect(b, ARRAY, where)
    if len(b) > 0 and isinstance(b[0], ARRAY):
        read_matrix(b, out, where)
    else:
        read_row(b, out.reshape(-1), where)
