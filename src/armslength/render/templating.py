"""The templates of the reports, loaded once."""

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Returns where the templates of this package are found. A name that a template misses is an error."""
    return Environment(
        loader=PackageLoader("armslength.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
