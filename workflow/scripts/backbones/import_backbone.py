"""Bring the published weights of a CLIP that open_clip knows into the layout of backbones."""

from mergeability.backbones.architecture import vision_weights
from mergeability.backbones.imported import import_backbone, named_architecture
from mergeability.backbones.tokenizer import ClipTokenizer
from mergeability.checkpoints.sources import locate
from mergeability.files import write_json, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    architecture = named_architecture(snakemake.params.model)
    entry = snakemake.params.source
    source = locate(entry.get("path") or snakemake.input.weights, entry.get("sha256"))
    weights = import_backbone(source.path, architecture)
    provenance = {
        "model": snakemake.params.model,
        "source": source.name,
        "sha256": source.sha256,
    }
    write_tensors(snakemake.output.weights, weights, provenance)
    write_tensors(snakemake.output.vision, vision_weights(weights), provenance)
    tokenizer = ClipTokenizer(architecture["text_cfg"]["context_length"])
    write_json(snakemake.output.tokenizer, tokenizer.to_dict())
    write_json(snakemake.output.architecture, architecture)
