"""Layers for the road: gzip, as most tools around registries expect it. On this machine layers stay uncompressed."""

import zlib

from wireplan.rim.images.layout import CONFIG, LAYER, Blob, Layout, canonical, image_manifest

CHUNK = 1 << 20
LEVEL = 6
GZIP = 16 + zlib.MAX_WBITS  # zlib's way to ask for gzip's frame, whose header then has no time


def manifest(layout: Layout, digest: str) -> bytes:
    """The manifest of the same image with compressed layers; the config, and so what runs, is the same."""
    plain = layout.read(digest)
    config = Blob(plain["config"]["digest"], plain["config"]["size"])
    layers = [compressed(layout, layer) for layer in layout.layers(digest)]
    return canonical(
        image_manifest(config.described(CONFIG), [layer.described(f"{LAYER}+gzip") for layer in layers])
    )


def compressed(layout: Layout, layer: Blob) -> Blob:
    """The compressed layer; made once, since a base is pushed with every image."""
    stamp = f"gzip-{LEVEL}-{layer.digest.removeprefix('sha256:')}"
    if known := layout.noted(stamp):
        return known
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    with layout.path(layer.digest).open("rb") as source, layout.writing() as out:
        while data := source.read(CHUNK):
            out.write(squeeze.compress(data))
        out.write(squeeze.flush())
    layout.note(stamp, out.blob())
    return out.blob()
