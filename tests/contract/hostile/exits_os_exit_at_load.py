# property: os._exit(0) while loading
# family: exits
# right: CRASH

import os

os._exit(0)
