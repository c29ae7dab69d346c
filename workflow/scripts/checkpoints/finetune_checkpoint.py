"""Fine-tune the encoder on each task, its zero-shot head frozen."""

from itertools import repeat

from mergeability.backbones.architecture import state_arrays
from mergeability.backbones.encoder import Encoder
from mergeability.datasets.validation import read_training
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_tensors
from mergeability.finetuning.loop import finetune
from mergeability.finetuning.state import StateFile
from mergeability.joblog import job_log
from mergeability.naming import stable_seed

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(files.architecture, device)
    validation = files.get("validation") or repeat(None, len(params.recipes))
    per_task = zip(
        params.recipes.items(), files.heads, files.train, validation, params.states,
        snakemake.output.checkpoints, strict=True,
    )  # fmt: skip
    for (task, recipe), head, train, left_out, state, output in per_task:
        settings = [device, params.code, task, recipe, params.seed]
        inputs = filter(None, (files.architecture, files.pretrained, head, train, left_out))
        state_file = StateFile(state, snakemake.resources.save_every, settings, inputs)
        encoder.load(read_tensors(files.pretrained))
        finetune(
            *(encoder.tower, encoder.architecture, encoder.read_head(head)),
            *read_training(train, left_out),
            recipe=recipe,
            seed=stable_seed(params.seed, "finetuning", task),
            device=device,
            state_file=state_file,
        )
        provenance = {"task": task, "recipe": recipe, "seed": params.seed}
        write_tensors(output, state_arrays(encoder.tower), provenance)
        state_file.remove()
