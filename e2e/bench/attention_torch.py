"""PyTorch's memory-efficient attention in f32 at the shapes of attention.ts: a JSON line each with the medians, forward and forward with backward.

Arguments are names of shapes; all of them when there are none. Needs a CUDA device.
"""

import json
import statistics
import sys

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

SHAPES = {
    "baby": (64, 6, 256, 64),
    "gpt2s": (8, 12, 512, 64),
    "tiny": (16, 4, 128, 32),
    "wide": (16, 6, 256, 128),
    "narrow": (64, 8, 256, 16),
}


def median_us(work, windows=9, repeats=50):
    """Median over windows of the mean time of one call, by CUDA events."""
    for _ in range(10):
        work()
    times = []
    for _ in range(windows):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(repeats):
            work()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end) * 1000 / repeats)
    return statistics.median(times)


def main():
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    for name in sys.argv[1:] or SHAPES:
        B, H, T, E = SHAPES[name]
        q, k, v = (torch.randn(B, H, T, E, device="cuda", requires_grad=True) for _ in range(3))
        upstream = torch.randn(B, H, T, E, device="cuda")

        def forward():
            with torch.no_grad():
                F.scaled_dot_product_attention(q, k, v, is_causal=True)

        def both():
            q.grad = k.grad = v.grad = None
            F.scaled_dot_product_attention(q, k, v, is_causal=True).backward(upstream)

        with sdpa_kernel(SDPBackend.EFFICIENT_ATTENTION):
            forward_us, both_us = median_us(forward), median_us(both)
        flops = 2 * B * H * E * T * (T + 1)
        print(
            json.dumps(
                {
                    "shape": name,
                    "torch": torch.__version__,
                    "device": torch.cuda.get_device_name(),
                    "forward_us": round(forward_us, 1),
                    "forward_tflops": round(flops / forward_us / 1e6, 2),
                    "total_us": round(both_us, 1),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
