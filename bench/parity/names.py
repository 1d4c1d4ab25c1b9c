"""Prints what src/nn/networks/names.test.ts expects: for each network and normalization the number of tensors of its
state dict, of parameters, and a hash of all names with their shapes."""
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "pytorch"))
from networks import NETWORKS, make_network  # noqa: E402

for network in NETWORKS:
    for normalization in ["bn", "dual-bn"]:
        model = make_network(network, normalization)
        lines = sorted(f"{name} {list(tensor.shape)}\n" for name, tensor in model.state_dict().items()
                       if not name.endswith("num_batches_tracked"))
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()[:16]
        parameters = sum(parameter.numel() for parameter in model.parameters())
        print(f"  ['{network}', '{normalization}', {len(lines)}, {parameters}, '{digest}'],")
