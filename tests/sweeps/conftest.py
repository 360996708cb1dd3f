import pytest

pytest.importorskip("h5py", reason="results are netCDF files")
