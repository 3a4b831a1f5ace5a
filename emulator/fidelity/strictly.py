"""Reads JSON into an official client's own generated model, and lets nothing pass that the model does not name."""

import pydantic


def read(model: type[pydantic.BaseModel], text: str) -> pydantic.BaseModel:
    """The instance; fails on a wrong type, a missing field, or a field that the model does not know."""
    instance = model.model_validate_json(text, strict=True)
    unknown = list(extras(instance, model.__name__))
    assert not unknown, f"fields that the specification does not know: {unknown}"
    return instance


def extras(value, at: str):
    if isinstance(value, pydantic.BaseModel):
        for name in value.__pydantic_extra__ or {}:
            yield f"{at}.{name}"
        for name in type(value).model_fields:
            yield from extras(getattr(value, name), f"{at}.{name}")
    elif isinstance(value, (list, tuple)):
        for number, one in enumerate(value):
            yield from extras(one, f"{at}[{number}]")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from extras(one, f"{at}.{name}")
