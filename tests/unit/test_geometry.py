"""Inner products: exactness, and bytes that depend on neither threads nor processor."""

import os
import subprocess
import sys
from math import fsum
from pathlib import Path

import numpy as np
import pytest

from mergeability.metrics.geometry import inner_product, inner_products, squared_norms

LENGTHS = {"bias": 7, "matrix": 1_300_000, "one_block": 1 << 19, "scalar": 1}  # matrix: 3 blocks


def tensors(seed, dtype=np.float32):
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(length).astype(dtype) for name, length in LENGTHS.items()}


def exact(first, second):
    """The product of two float32 is exact in float64, and fsum rounds once."""
    return [
        fsum((first[name].astype(np.float64) * second[name]).tolist()) for name in sorted(first)
    ]


def test_products_of_float32_are_exact_to_rounding():
    first, second = tensors(1), tensors(2)
    lengths = np.sqrt(squared_norms(first) * squared_norms(second))
    errors = np.abs(inner_products(first, second) - exact(first, second)) / lengths
    assert errors.max() < 1e-16
    np.testing.assert_allclose(squared_norms(first), exact(first, first), rtol=4e-16)


def test_float64_is_kept():
    first, second = tensors(1, np.float64), tensors(2, np.float64)
    expected = [np.dot(first[name], second[name].astype(np.longdouble)) for name in sorted(first)]
    np.testing.assert_allclose(
        inner_products(first, second), np.array(expected, float), rtol=0, atol=1e-10
    )


def test_cancelling_entries_keep_what_is_left():
    large = np.array([1e8, 1.0, -1e8] * 200_000, dtype=np.float32)
    assert inner_product(large, np.ones_like(large)) == 200_000


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_do_not_change_a_bit(threads):
    first, second = tensors(1), tensors(2)
    alone = inner_products(first, second)
    assert inner_products(first, second, threads).tobytes() == alone.tobytes()


def test_processors_and_threads_of_libraries_do_not_change_a_bit():
    """NumPy and OpenBLAS do without instructions that they are told to do without."""
    code = (
        "import sys; from test_geometry import inner_products, tensors; "
        "print(inner_products(tensors(1), tensors(2), int(sys.argv[1])).tobytes().hex())"
    )
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, threads],
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parent),
                "OPENBLAS_NUM_THREADS": threads,
                "OPENBLAS_CORETYPE": core,
                "NPY_DISABLE_CPU_FEATURES": " ".join(disabled),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads, core, disabled in (("1", "Prescott", found), ("2", "Haswell", []))
    }
    assert len(printed) == 1
    assert printed.pop().strip() == inner_products(tensors(1), tensors(2)).tobytes().hex()


def test_shape_and_order_in_memory_do_not_matter():
    matrix = tensors(1)["matrix"].reshape(1300, 1000)
    flat = inner_product(matrix.reshape(-1), matrix.reshape(-1))
    assert inner_product(matrix, matrix) == flat
    assert inner_product(matrix.T, matrix.T) == pytest.approx(flat, rel=1e-14)
