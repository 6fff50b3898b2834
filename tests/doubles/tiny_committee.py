"""`python -m pipeline` whose recipe `committee` is trained in seconds."""

import sys
from dataclasses import replace
from types import MappingProxyType

from pipeline.training import recipes
from pipeline.training.recipe import Teacher

TEACHERS = tuple(
    Teacher(
        replace(teacher.recipe, hidden=(60, 30), activations=("relu", "relu", "softmax"), epochs=25),
        teacher.view,
    )
    for teacher in recipes.COMMITTEE.teachers[:2]
)
TINY = replace(recipes.COMMITTEE, hidden=(60, 30), epochs=30, teachers=TEACHERS, mini_batch=16)

if __name__ == "__main__":
    recipes.RECIPES = MappingProxyType(dict(recipes.RECIPES) | {TINY.name: TINY})
    from pipeline.__main__ import main

    sys.exit(main(sys.argv[1:]))
