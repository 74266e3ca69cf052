def is_async_source(f):
    return hasattr(f, "__aiter__")
