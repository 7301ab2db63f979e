# property: files, folders and links left in the scratch folder
# family: survival
# right: FAIL

import os


def add(x, y):
    os.makedirs("left/behind/here", exist_ok=True)
    for name in (".hidden", "left/file", "left/behind/file", "a" * 255, "new\nline", "\udcff\udcfe"):
        open(name, "w").close()
    if not os.path.lexists("loop"):
        os.symlink("/", "out")
        os.symlink("loop", "loop")
        os.link("left/file", "second")
    return None
