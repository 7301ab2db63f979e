# property: many modules of the standard library
# family: control
# right: PASS
# limits: cpu_seconds=2

import argparse, array, base64, bisect, calendar, cmath, collections, copy, csv, dataclasses, datetime, difflib, enum
import functools, hashlib, heapq, inspect, io, itertools, json, logging, math, numbers, operator, pickle, pprint, queue
import random, re, secrets, shutil, statistics, string, struct, textwrap, time, traceback, typing, uuid, weakref, zlib


def add(x, y):
    logging.getLogger("add").warning("adding")
    return pickle.loads(pickle.dumps(copy.deepcopy([x + y])))[0]
