# property: a finder that makes every later import agreeable
# family: patching
# right: FAIL ERROR

import importlib.machinery
import sys
import types


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, Finder)

    @staticmethod
    def create_module(spec):
        made = types.ModuleType(spec.name)
        made.encode = made.equal = made.dumps = made.send = lambda *args, **kwargs: True
        return made

    @staticmethod
    def exec_module(module):
        pass


sys.meta_path.insert(0, Finder)
sys.path_importer_cache.clear()


def add(x, y):
    return 1000
