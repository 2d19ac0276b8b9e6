"""Reads a log with aics-tlog, a reader of another author: checkpoint, all tiles, entries, proofs.

    python read_log.py URL VKEY entries|hashes

Fails with a traceback at the first thing that does not hold.
"""

import sys

import aics_tlog as tlog
from aics_tlog.remote import HttpTileReader
from aics_tlog.tiles import consistency_proof_from_tiles, inclusion_proof_from_tiles
from aics_tlog.verified import VerifiedTileReader, audit_tiles

url, vkey, what = sys.argv[1:]
reader = HttpTileReader([url + "/"], proxies={})
note = tlog.parse_note(reader.read_checkpoint())
checkpoint = tlog.parse_checkpoint(note.text)
key = tlog.parse_vkey(vkey)
result = tlog.verify_checkpoint(note, key)
assert result.ok, result
assert checkpoint.origin == key.name

# Every tile (and every entry) is authenticated against the signed root; one flipped byte anywhere raises.
report = audit_tiles(reader, checkpoint.size, checkpoint.root, entries=what == "entries")

verified = VerifiedTileReader(reader, checkpoint.size, checkpoint.root)
for index in (0, 1, 255, 256, checkpoint.size // 2, checkpoint.size - 1):
    proof = inclusion_proof_from_tiles(verified, index, checkpoint.size)
    leaf = verified.leaf_hash(index)
    assert tlog.verify_inclusion(leaf, index, checkpoint.size, proof, checkpoint.root), index
for old in (1, 256, 700):
    proof = consistency_proof_from_tiles(verified, old, checkpoint.size)
    root = tlog.tree_root_from_tiles(verified, old, checkpoint.size)
    assert tlog.verify_consistency(old, checkpoint.size, root, checkpoint.root, proof), old

print(f"size {report.size}, {report.tiles} tiles, {report.bundles} bundles, proofs hold")
