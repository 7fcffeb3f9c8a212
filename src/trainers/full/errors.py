"""What ends a run, as a sentence for people: what happened, to what, and what to do."""


class TrainError(Exception):
    """A run can't begin or go on."""


class TrainStopped(Exception):
    """A person stopped a run; what is done is kept."""
