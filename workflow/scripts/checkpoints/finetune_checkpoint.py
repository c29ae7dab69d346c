"""Fine-tune the vision tower on one task, its zero-shot head frozen."""

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
    task, recipe = snakemake.wildcards.task, snakemake.params.recipe
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    state_file = StateFile(
        snakemake.params.state,
        every=snakemake.resources.save_every,
        settings=[device, *snakemake.params],
        inputs=snakemake.input,
    )
    encoder = Encoder(snakemake.input.architecture, device)
    encoder.load(read_tensors(snakemake.input.pretrained))
    finetune(
        encoder.vision,
        encoder.architecture,
        encoder.read_head(snakemake.input.head),
        *read_training(snakemake.input.train, snakemake.input.get("validation")),
        recipe=recipe,
        seed=stable_seed(snakemake.params.seed, "finetuning", task),
        device=device,
        state_file=state_file,
    )
    provenance = {"task": task, "recipe": recipe, "seed": snakemake.params.seed}
    write_tensors(snakemake.output.checkpoint, state_arrays(encoder.vision), provenance)
    state_file.remove()
