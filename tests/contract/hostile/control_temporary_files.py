# property: temporary files and folders
# family: control
# right: PASS

import pathlib
import tempfile


def add(x, y):
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w+") as file:
        pathlib.Path(folder, "x").write_text(str(x))
        file.write(str(y))
        file.seek(0)
        return int(pathlib.Path(folder, "x").read_text()) + int(file.read())
