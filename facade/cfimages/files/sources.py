from cfimages.files._old import ImageFile, disguised as hide_url, address as check_url, opened as open_source, one_source as check_one_source
def is_async_source(f): return hasattr(f,"__aiter__")
