# property: a profile function that ends the process with success when the caller goes on
# family: patching
# right: CRASH FAIL

import os
import sys


def profile(frame, event, arg):
    if event == "c_call" and frame.f_code.co_filename != "candidate.py":
        os._exit(0)


def add(x, y):
    sys.setprofile(profile)
    return 1000
