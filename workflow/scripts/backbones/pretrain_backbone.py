"""Pretrain a small CLIP on generated image-caption pairs."""

from mergeability.backbones.architecture import state_arrays, vision_weights
from mergeability.backbones.pretraining import pretrain
from mergeability.backbones.tokenizer import WordTokenizer
from mergeability.datasets.tiny.captions import generate_captioned, possible_captions
from mergeability.device import set_up_device
from mergeability.files import write_json, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    architecture, seed = snakemake.params.architecture, snakemake.params.seed
    images, captions = generate_captioned(seed, snakemake.params.recipe["pairs"])
    context = architecture["text_cfg"]["context_length"]
    tokenizer = WordTokenizer.from_texts(possible_captions(), context)
    clip = pretrain(
        images, captions, architecture, tokenizer, snakemake.params.recipe, seed, device
    )
    weights = state_arrays(clip)
    write_tensors(snakemake.output.weights, weights)
    write_tensors(snakemake.output.vision, vision_weights(weights))
    write_json(snakemake.output.tokenizer, tokenizer.to_dict())
    write_json(snakemake.output.architecture, architecture)
