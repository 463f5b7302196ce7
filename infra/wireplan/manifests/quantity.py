"""Quantities in Kubernetes' own spelling."""

UNITS = (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


def memory(size: int) -> str:
    """Bytes in the largest binary unit that keeps them whole."""
    for unit, factor in UNITS:
        if size >= factor and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def cpu(millicores: int) -> str:
    """Millicores; whole cores without a suffix, as the API server writes them."""
    return str(millicores // 1000) if millicores % 1000 == 0 and millicores else f"{millicores}m"


def seconds(duration: float) -> int:
    """Whole seconds, rounded up: a wait that is too short is the worse mistake."""
    whole = int(duration)
    return whole if whole == duration else whole + 1
