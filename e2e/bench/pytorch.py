"""What the bench is measured against: the contract's bench shapes and their products in PyTorch, on the same card. JSON lines on stdout.

  python3 pytorch.py [--shapes tiny,baby,gpt2s] [--windows 5] [--steps 20] [--compile | --graphs] [--tf32] [--bf16] [--foreach]
      one training step, eager f32 without TF32 unless a switch says otherwise: fresh tokens each step, windows each ended by reading the loss
  python3 pytorch.py --products [--shapes baby,gpt2s]
      every product of a step in cuBLAS f32 without TF32: forward x[M,K] . W[N,K]^T, dx = dy[M,N] . W[N,K], dW = dy^T . x
  python3 pytorch.py --attention [--shapes baby,gpt2s]
      causal attention alone: forward, and forward with backward

B batch, T time, D model width, H heads, L layers, V vocabulary. Runs without a card too (--device cpu), to be tried out.
"""
import argparse
import json
import math
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

SHAPES = {
    "tiny": dict(V=65, L=4, H=4, D=128, T=128, B=16),
    "baby": dict(V=65, L=6, H=6, D=384, T=256, B=64),
    "gpt2s": dict(V=8192, L=12, H=12, D=768, T=512, B=8),
    # For trying the script out without a card.
    "smoke": dict(V=65, L=2, H=2, D=32, T=32, B=8),
}


class Block(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.attn_norm, self.mlp_norm = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.o = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = (y.view(B, T, self.H, D // self.H).transpose(1, 2) for y in self.qkv(self.attn_norm(x)).split(D, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(y.transpose(1, 2).reshape(B, T, D))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self, V, L, H, D, T, **_):
        super().__init__()
        self.tok_emb, self.pos_emb = nn.Embedding(V, D), nn.Embedding(T, D)
        self.blocks = nn.ModuleList(Block(D, H) for _ in range(L))
        self.final_norm, self.lm_head = nn.LayerNorm(D), nn.Linear(D, V, bias=False)
        for name, p in self.named_parameters():
            if p.dim() >= 2:
                last = name.endswith(("o.weight", "down.weight"))
                nn.init.normal_(p, 0, 0.02 / math.sqrt(2 * L) if last else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, tokens, targets):
        x = self.tok_emb(tokens) + self.pos_emb.weight
        for block in self.blocks:
            x = block(x)
        logits = self.lm_head(self.final_norm(x))
        return F.cross_entropy(logits.view(-1, logits.shape[-1]).float(), targets.view(-1))


def say(**line):
    print(json.dumps(line), flush=True)


def facts(args):
    name = torch.cuda.get_device_name() if args.device == "cuda" else "the processor"
    return dict(adapter=name, torch=torch.__version__, tf32=args.tf32)


def synchronize(args):
    if args.device == "cuda":
        torch.cuda.synchronize()


def train(args, name):
    shape = SHAPES[name]
    V, L, D, T, B = (shape[k] for k in "VLDTB")
    torch.manual_seed(1)
    model = Model(**shape).to(args.device)
    parameters = list(model.parameters())
    groups = [
        dict(params=[p for p in parameters if p.dim() >= 2], weight_decay=0.1),
        dict(params=[p for p in parameters if p.dim() < 2], weight_decay=0.0),
    ]
    # Fused is the faster of the two, and what nanoGPT takes; it needs a card.
    how = dict(fused=True) if args.device == "cuda" and not args.foreach else dict(foreach=True)
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, **how)
    forward = torch.compile(model, mode="reduce-overhead" if args.graphs else None) if args.compile or args.graphs else model

    def step():
        tokens = torch.randint(V, (B, T), device=args.device)
        targets = torch.roll(tokens, -1)
        with torch.autocast(args.device, dtype=torch.bfloat16, enabled=args.bf16):
            loss = forward(tokens, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    def window(steps):
        synchronize(args)
        began = time.perf_counter()
        for _ in range(steps):
            loss = step()
        value = loss.item()
        synchronize(args)
        return (time.perf_counter() - began) * 1000 / steps, value

    # The first steps choose algorithms, allocate and compile.
    window(5)
    if args.device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    results = [window(args.steps) for _ in range(args.windows)]
    windows = sorted(ms for ms, _ in results)
    n = sum(p.numel() for p in parameters)
    ms = statistics.median(windows)
    say(
        config=name,
        step_ms=ms,
        step_ms_min=windows[0],
        step_ms_max=windows[-1],
        windows=args.windows,
        steps=args.steps * args.windows,
        mode="compiled, CUDA graphs" if args.graphs else "compiled" if args.compile else "eager",
        dtype="bf16" if args.bf16 else "f32",
        optimizer="fused" if "fused" in how else "foreach",
        tokens_per_s=B * T * 1000 / ms,
        tflops=(6 * n * B * T + 12 * L * D * T * B * T) / ms / 1e9,
        parameters=n,
        peak_gpu_mb=torch.cuda.max_memory_allocated() / 2**20 if args.device == "cuda" else None,
        loss=results[-1][1],
        **facts(args),
    )


def microseconds(args, run):
    """The median of 9 samples, each of as many runs as fill 10 ms."""
    if args.device != "cuda":
        run()
        began = time.perf_counter()
        run()
        return (time.perf_counter() - began) * 1e6

    def sample(times):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(times):
            run()
        end.record()
        torch.cuda.synchronize()
        return start.elapsed_time(end) * 1000 / times

    sample(10)
    times = max(10, math.ceil(10_000 / sample(10)))
    return statistics.median(sample(times) for _ in range(9))


def products(args, name):
    shape = SHAPES[name]
    D, V, rows = shape["D"], shape["V"], shape["B"] * shape["T"]
    linears = dict(qkv=(3 * D, D), o=(D, D), up=(4 * D, D), down=(D, 4 * D), lm_head=(V, D))
    for linear, (N, K) in linears.items():
        x = torch.randn(rows, K, device=args.device)
        w = torch.randn(N, K, device=args.device)
        dy = torch.randn(rows, N, device=args.device)
        variants = [
            ("forward", rows, N, K, False, True, x, w.t()),
            ("dx", rows, K, N, False, False, dy, w),
            ("dW", N, K, rows, True, False, dy.t(), x),
        ]
        for what, m, n, k, ta, tb, a, b in variants:
            c = torch.empty(m, n, device=args.device)
            us = microseconds(args, lambda: torch.mm(a, b, out=c))
            say(product=f"{name} {linear} {what}", M=m, N=n, K=k, ta=ta, tb=tb, us=us, tflops=2 * m * n * k / us / 1e6, **facts(args))


def attention(args, name):
    shape = SHAPES[name]
    B, H, T, E = shape["B"], shape["H"], shape["T"], shape["D"] // shape["H"]
    # As the model passes them: heads are strided in rows of one product's result.
    qkv = torch.randn(B, T, 3, H, E, device=args.device, requires_grad=True)
    dy = torch.randn(B, H, T, E, device=args.device)

    def forward():
        q, k, v = (y.transpose(1, 2) for y in qkv.unbind(2))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    def both():
        forward().backward(dy)
        qkv.grad = None

    def inference():
        with torch.no_grad():
            forward()

    # Causal: half of the T x T products, two forward (scores, values), five more backward.
    one = 2 * B * H * T * T * E / 2
    for what, run, flops in (("forward", inference, 2 * one), ("forward and backward", both, 7 * one)):
        us = microseconds(args, run)
        say(attention=f"{name} {what}", B=B, H=H, T=T, E=E, us=us, tflops=flops / us / 1e6, **facts(args))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", help="a list with commas")
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="in each window")
    parser.add_argument("--products", action="store_true")
    parser.add_argument("--attention", action="store_true")
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    parser.add_argument("--graphs", action="store_true", help="torch.compile with CUDA graphs")
    parser.add_argument("--tf32", action="store_true", help="products through tensor cores at 10 bits of mantissa")
    parser.add_argument("--bf16", action="store_true", help="autocast")
    parser.add_argument("--foreach", action="store_true", help="AdamW over lists of tensors instead of the fused one")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        parser.exit(1, "PyTorch sees no CUDA card here. Use --device cpu to try the script out.\n")
    torch.backends.cuda.matmul.allow_tf32 = args.tf32
    torch.backends.cudnn.allow_tf32 = args.tf32
    alone = args.products or args.attention
    names = (args.shapes or ("baby,gpt2s" if alone else "tiny,baby,gpt2s")).split(",")
    for name in names:
        if name not in SHAPES:
            parser.exit(1, f'There is no shape "{name}". Choose among {", ".join(SHAPES)}.\n')
    for name in names:
        if args.products:
            products(args, name)
        if args.attention:
            attention(args, name)
        if not alone:
            train(args, name)


main()
