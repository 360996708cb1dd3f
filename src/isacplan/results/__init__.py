"""Answers as data: one record, which becomes JSON or a labelled dataset."""

from isacplan.results.labelled import to_dataset
from isacplan.results.read import read_result
from isacplan.results.record import Answer, Record, to_json

__all__ = ["Answer", "Record", "read_result", "to_dataset", "to_json"]
