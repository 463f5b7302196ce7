"""What the author of a topology wrote: Pydantic models, checked for shape."""
