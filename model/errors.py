"""Errors that are told to people as one sentence: what must hold, what came, and where.

    NumeralError
      SettingsError      an environment variable is not a setting, or has a value that it cannot take
      FormatError        a document, or a file to import, is not of its format
      TrainingError      training cannot go on
      RegistryError      the registry cannot do what was asked
        NotFoundError    no such version or alias
        DamagedError     what is stored is not what was published
        ConflictError    an alias has moved since the caller looked

The pipeline and the service derive theirs from NumeralError too. Anything else that is raised is a bug,
or the operating system's word (OSError).
"""


class NumeralError(Exception):
    """The message is a sentence for people."""


class SettingsError(NumeralError):
    """An environment variable is not a setting, or its value is not one that the setting takes."""


class FormatError(NumeralError):
    """A document or an imported file is not of its format: where, what was expected and what came."""


class TrainingError(NumeralError):
    """Training cannot go on; the message says why and what to change."""


class RegistryError(NumeralError):
    """The registry cannot do what was asked; the message says why and what to do."""


class NotFoundError(RegistryError):
    """No such version or alias."""


class DamagedError(RegistryError):
    """What is stored is not what was published."""


class ConflictError(RegistryError):
    """An alias has moved since the caller looked."""
