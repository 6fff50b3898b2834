"""Artifacts: what Prefect's pages show of a run, tables in Markdown and charts in SVG."""

from base64 import b64encode

from model.evaluation.metrics import Metrics
from pipeline.ensemble.ensemble import Standing
from pipeline.training.recipe import Recipe


def metrics_table(metrics: Metrics, classes: tuple[str, ...]) -> str:
    """Accuracy, plain and balanced, cost and calibration, then precision and recall by class."""
    lines = [
        "| metric | value |",
        "|---|---|",
        f"| accuracy | {metrics.accuracy:.2%} |",
        f"| balanced accuracy | {metrics.balanced_accuracy:.2%} |",
        f"| cost | {metrics.cost:.4f} |",
        f"| calibration error | {metrics.calibration_error:.4f} |",
        "",
        "| class | precision | recall |",
        "|---|---|---|",
    ]
    shares = zip(classes, metrics.precision, metrics.recall, strict=True)
    lines += [f"| {label} | {precision:.2%} | {recall:.2%} |" for label, precision, recall in shares]
    return "\n".join(lines)


def confusion_table(metrics: Metrics, classes: tuple[str, ...]) -> str:
    """Counts: a row for each true class, a column for each predicted one."""
    lines = [f"| true \\ predicted | {' | '.join(classes)} |", "|---" * (len(classes) + 1) + "|"]
    for label, row in zip(classes, metrics.confusion, strict=True):
        lines.append(f"| **{label}** | {' | '.join(map(str, row))} |")
    return "\n".join(lines)


def committee_table(standing: Standing, recipe: Recipe) -> str:
    """Accuracy of each teacher, and of all of them together."""
    lines = ["| teacher | accuracy |", "|---|---|"]
    for teacher, member in zip(recipe.teachers, standing.members, strict=True):
        lines.append(f"| {teacher.recipe.name} | {member.accuracy:.2%} |")
    return "\n".join([*lines, f"| **together** | {standing.accuracy:.2%} |"])


def address(svg: str) -> str:
    """Where a chart is: a URL that holds all of it."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
