"""`peer.py FILE.onnx`: microseconds of CPU for one forecast by onnxruntime, float and int8, one thread.

Int8 is onnxruntime's own static quantisation (QDQ, int8 activations and weights by channel), calibrated
on random inputs: its speed is asked for here, not its error.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

ROUNDS, TIMES = 15, 200


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def inputs(of, random):
    return {i.name: random.uniform(-1, 1, i.shape).astype(np.float32) for i in of.get_inputs()}


class Random(CalibrationDataReader):
    def __init__(self, of):
        random = np.random.default_rng(1)
        self.batches = iter([inputs(of, random) for _ in range(16)])

    def get_next(self):
        return next(self.batches, None)


def main():
    float_file = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        int8_file = Path(folder) / "int8.onnx"
        quantize_static(
            str(float_file), str(int8_file), Random(session(float_file)),
            quant_format=QuantFormat.QDQ, activation_type=QuantType.QInt8, weight_type=QuantType.QInt8, per_channel=True,
        )
        kinds = {"float": session(float_file), "int8": session(int8_file)}
        sessions = {f"onnxruntime, {kind}, features given": of for kind, of in kinds.items()}
    given = inputs(kinds["float"], np.random.default_rng(2))
    found = {name: [] for name in sessions}
    for _ in range(ROUNDS):
        for name, asked in sessions.items():
            began = time.thread_time()
            for _ in range(TIMES):
                asked.run(None, given)
            found[name].append((time.thread_time() - began) / TIMES * 1e6)
    for name, times in found.items():
        print(f"{name}\t{statistics.median(times):.1f}\t{min(times):.1f}")


if __name__ == "__main__":
    main()
