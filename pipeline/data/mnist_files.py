"""The files of MNIST and Fashion-MNIST: their digests and sizes, by which they are known on any mirror."""

from pipeline.data.download.fetch_with_retries import Resource
from pipeline.data.formats.mnist import LEARNING, TEST

BYTES = dict(zip(LEARNING + TEST, (47_040_016, 60_008, 7_840_016, 10_008), strict=True))


# Mirrors compress MNIST differently, so its digests are of the unpacked files; Fashion-MNIST is packed in
# one way, and the digests of its packed files are the published ones.
MNIST = {
    name: Resource(name, sha256, BYTES[name], "mnist_mirrors")
    for name, sha256 in {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }.items()
}


FASHION_MNIST = {
    name: Resource(name, sha256, BYTES[name], "fashion_mnist_mirrors", packed=True)
    for name, sha256 in {
        "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    }.items()
}
