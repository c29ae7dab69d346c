"""Where a job computes."""

import os

import torch


def set_up_device(threads: int, gpus: int) -> str:
    """Use `threads` CPU threads, and return "cuda" for a job that was given a GPU, else "cpu".

    Asks for deterministic algorithms. Raises `RuntimeError` where a GPU was promised but none is
    visible.
    """
    torch.set_num_threads(threads)
    # The other switch for the same, `use_deterministic_algorithms`, imports the whole compiler.
    torch.set_deterministic_debug_mode("warn")
    # Nothing here reads memory that it has not written, and filling it costs a few percent.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if not gpus:
        return "cpu"
    # cuBLAS repeats its results only with a fixed workspace, to be named before it starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if not torch.cuda.is_available():
        raise RuntimeError(
            "this job asks for a GPU but torch sees none: set gpus_per_job: 0 in the config, or "
            "check the partition and the driver"
        )
    return "cuda"
