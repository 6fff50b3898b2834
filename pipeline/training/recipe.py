"""A recipe: everything that decides how a network is trained, as data."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline.augmentation.elastic import Deformation
from pipeline.augmentation.normalisation import View

SEEDS = {"pcg64": 2**63 - 1, "legacy": 2**32 - 1}  # the highest of each generator, and of JSON's readers
SAID = ("name", "source", "expected", "seed")  # of a recipe, but not done


@dataclass(frozen=True)
class Recipe:
    """A network and its training.

    Attributes:
        name: what `--recipe` takes.
        source: where it comes from.
        expected: accuracy on the test images, and time on two cores.
        hidden: units of each hidden layer.
        activations: one for each layer after the input.
        cost: what training lowers.
        initialisation: what the parameters are drawn from.
        mini_batch: examples in a batch; None for all of them.
        learning_rate: eta, the highest.
        epochs: passes over the training examples, at most.
        schedule: how the learning rate changes.
        warm_up: epochs in which it rises.
        optimizer: how a gradient becomes a direction.
        l2: lambda; weights shrink by 1 - eta * lambda / n in each step, n the number of training examples.
        label_smoothing: the share of a target that is spread evenly over all classes (Szegedy et al. 2016).
        dropout: probability of leaving out a hidden unit, anew for each example.
        averaging: beta, of the fading mean over the parameters of all steps that is kept instead of the last.
        deformation: how far training images are bent, anew in each epoch.
        teachers: networks that are trained first; their mean answer to each image is learned instead of its
            label (Hinton et al. 2015). Without any, the label is learned.
        goes_on: whether it begins as its first teacher, which has the same units, instead of at random.
        patience: epochs without a better accuracy after which training stops and the best epoch is kept;
            None runs all epochs and keeps the last.
        validation_share: of the examples, those that are not learned from but watched; 0 watches the others.
        validation_order: `random` draws them from every class; `file` takes the last ones.
        watch_every: epochs from one look at them to the next.
        watch_training: whether the cost and accuracy on the training examples are looked at, too.
        classes: labels of the classes to tell apart; None for all. Two classes share a single output.
        dtype: of the parameters while training; a document holds float32.
        generator: `pcg64`, or `legacy` for NumPy's RandomState, which older sources draw from.
        seed: of everything that is random, unless another is given; None draws one. Those of the recipes
            after Nielsen were chosen by validation accuracy among a few: some draws never learn a class.
    """

    name: str
    source: str
    expected: str
    hidden: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str
    initialisation: str
    mini_batch: int | None
    learning_rate: float
    epochs: int
    schedule: str = "constant"
    warm_up: int = 0
    optimizer: str = "sgd"
    l2: float = 0.0
    label_smoothing: float = 0.0
    dropout: float = 0.0
    averaging: float = 0.0
    deformation: Deformation | None = None
    teachers: tuple["Teacher", ...] = ()
    goes_on: bool = False
    patience: int | None = None
    validation_share: float = 1 / 12
    validation_order: str = "random"
    watch_every: int = 1
    watch_training: bool = False
    classes: tuple[str, ...] | None = None
    dtype: str = "float32"
    generator: str = "pcg64"
    seed: int | None = None


@dataclass(frozen=True)
class Teacher:
    """A member of a committee that another network learns from.

    Attributes:
        recipe: how it is trained.
        view: what it sees of each image.
    """

    recipe: Recipe
    view: View


def hyper_parameters(recipe: Recipe) -> dict[str, Any]:
    """All that a recipe does, its teachers' included; not what is said of it."""
    parameters = asdict(replace(recipe, teachers=()))
    teachers = [teacher_parameters(teacher) for teacher in recipe.teachers]
    return {key: value for key, value in parameters.items() if key not in SAID} | {"teachers": teachers}


def teacher_parameters(teacher: Teacher) -> dict[str, Any]:
    """All that a teacher does, and what it sees."""
    return {"view": asdict(teacher.view), **hyper_parameters(teacher.recipe)}
