# property: files written, read and removed in the working folder
# family: control
# right: PASS

import json
import os


def add(x, y):
    os.makedirs("work/deep", exist_ok=True)
    with open("work/deep/numbers.json", "w") as file:
        json.dump([x, y], file)
    with open("work/deep/numbers.json") as file:
        numbers = json.load(file)
    os.unlink("work/deep/numbers.json")
    return sum(numbers)
