"""The import of a package: how long it takes, and how many modules it brings."""

import sys
import time

before = len(sys.modules)
begin = time.perf_counter()
__import__(sys.argv[1])
print("import", (time.perf_counter() - begin) * 1000)
print("modules", len(sys.modules) - before)
