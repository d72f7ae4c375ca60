"""The numbers that the course prints, as its slides print them."""

CONVOLUTION_INPUT = (
    (3.0, 3.0, 2.0, 1.0, 0.0),
    (0.0, 0.0, 1.0, 3.0, 1.0),
    (3.0, 1.0, 2.0, 2.0, 3.0),
    (2.0, 0.0, 0.0, 2.0, 2.0),
    (2.0, 0.0, 0.0, 0.0, 1.0),
)
CONVOLUTION_KERNEL = ((0.0, 1.0, 2.0), (2.0, 2.0, 0.0), (0.0, 1.0, 2.0))
CONVOLUTION_OUTPUT = ((12.0, 12.0, 17.0), (10.0, 17.0, 19.0), (9.0, 6.0, 14.0))

LOOK_AHEAD_SCORES = ((0.7, 0.1, 0.1, 0.1), (0.1, 0.6, 0.2, 0.1), (0.1, 0.3, 0.6, 0.1), (0.1, 0.3, 0.3, 0.3))

DOT_REFERENCE = ((3.0, 4.0),)
DOT_VECTORS = ((4.0, 3.0), (1.0, 4.0), (-4.0, 3.0), (-2.0, -3.0))
DOT_PRODUCTS = (24.0, 19.0, 0.0, -18.0)
DOT_NAMES = ("very similar", "similar", "perpendicular", "opposite")

# The slide prints the row numbers beside vectors of three numbers; the vectors here are an example.
LOOKUP_WORDS = ("a", "in", "I")
LOOKUP_IDS = (1134, 665, 398)
LOOKUP_TABLE = ((0.5, -0.25, 1.0), (-0.75, 0.5, 0.25), (1.25, 0.75, -0.5))

CAT_TOKENS = ("YOUR", "CAT", "IS", "A", "LOVELY", "CAT")
CAT_WEIGHTS = (
    (0.268, 0.119, 0.134, 0.148, 0.179, 0.152),
    (0.124, 0.278, 0.201, 0.128, 0.154, 0.115),
    (0.147, 0.132, 0.262, 0.097, 0.218, 0.145),
    (0.210, 0.128, 0.206, 0.212, 0.119, 0.125),
    (0.146, 0.158, 0.152, 0.143, 0.227, 0.174),
    (0.195, 0.114, 0.203, 0.103, 0.157, 0.229),
)
