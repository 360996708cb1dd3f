"""Sweeps give the answers of the single commands, keep them, and mix nothing."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
import xarray

import isacplan
from isacplan.report import frame_report, split_report
from isacplan.results import to_dataset
from isacplan.scenario import load_scenario, overridden
from isacplan.simulate.database import sole_writer
from isacplan.sweeps import read_study, run_sweep, sweep_plan
from isacplan.sweeps.evaluate import Points
from isacplan.sweeps.run import seconds_per_point
from isacplan.sweeps.summary import summary_text, summary_values

LIMIT = "sensing.angle_rmse_limit_deg"
OVER = {LIMIT: [0.01, 0.1, 0.3], "array.n_tx": [8, 12]}


class StopError(Exception):
    pass


def stop_after(n):
    def progress(done, points, left):
        if done >= n:
            raise StopError

    return progress


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished study with its dataset, without rivals."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    return folder, isacplan.sweep("bai2024", OVER, rivals=False, out=folder).load()


def test_every_point_is_what_the_single_command_answers():
    found = isacplan.sweep("bai2024", {LIMIT: [0.1, 0.3], "array.n_tx": [8, 12]})
    for limit in (0.1, 0.3):
        for n in (8, 12):
            scenario = overridden(load_scenario("bai2024"), {LIMIT: limit, "array.n_tx": n})
            alone = to_dataset(frame_report(scenario).record())
            here = found.sel(angle_rmse_limit_deg=limit, n_tx=n)
            assert set(alone.data_vars) <= set(here.data_vars)
            for name, values in alone.data_vars.items():
                own = here[name]
                if "update" in values.dims:
                    own = own.isel(update=slice(values.sizes["update"]))
                if values.dtype.kind in "fiub":
                    # Factorisations are shared along the limits, and not one bit differs.
                    np.testing.assert_array_equal(own, values.astype(float), err_msg=name)
                else:
                    assert own.values.tolist() == values.values.tolist()
                assert own.attrs == values.attrs


def test_a_dataset_says_what_it_is_of(whole):
    folder, found = whole
    assert found["rate"].dims == ("angle_rmse_limit_deg", "n_tx")
    assert found["angle_rmse_limit_deg"].attrs == {"long_name": LIMIT, "units": "deg"}
    assert found["rate"].attrs["units"] == "bit/Hz"
    assert found.attrs["version"] == isacplan.__version__
    assert found.attrs["seed"] == 0
    assert "--over array.n_tx=8,12" in found.attrs["command"]
    assert "--no-rivals" in found.attrs["command"]
    assert '"n_blocks": 35' in found.attrs["scenario"]
    assert xarray.open_dataset(folder / "results.nc", engine="h5netcdf").load().identical(found)


def test_an_infeasible_point_is_a_result(whole):
    found = whole[1]
    meanings = found["status"].attrs["flag_meanings"].split()
    assert meanings == ["pending", "ok", "infeasible", "bad_input", "fault"]
    assert found["status"].values.tolist() == [[1, 1], [0, 0], [0, 0]]
    message = str(found["message"].values[0, 0])
    assert "a limit of" in message
    assert "0.07961 deg" in message
    assert np.isnan(found["rate"].values[0, 0])
    assert found["message"].values[1, 0] == ""


def test_a_combination_that_is_none_is_bad_input():
    found = isacplan.sweep(
        "bai2024", {"array.n_tx": [8, 9], "array.n_tx_vertical": [1, 2]}, rivals=False
    )
    assert found["status"].values[1].tolist() == [0, 2]
    assert "must be a multiple of n_tx_vertical = 2" in str(found["message"].values[1, 1])


def test_a_fault_of_one_point_stops_no_other(monkeypatch):
    from isacplan.sweeps import evaluate

    solve = evaluate.frame_report

    def faulty(scene, **options):
        if scene.scenario.array.n_tx == 9:
            raise RuntimeError("lost")
        if scene.scenario.array.n_tx == 10:
            raise np.linalg.LinAlgError("singular")
        return solve(scene, **options)

    monkeypatch.setattr(evaluate, "frame_report", faulty)
    found = isacplan.sweep("bai2024", {"array.n_tx": [8, 9, 10]}, rivals=False)
    assert found["status"].values.tolist() == [0, 3, 3]
    assert found["message"].values.tolist() == ["", "RuntimeError: lost", "LinAlgError: singular"]


def test_splits_are_swept_as_well():
    found = isacplan.sweep("gao2024", {"requirement.capacity_loss": [0.02, 0.1]})
    for loss in (0.02, 0.1):
        scenario = overridden(load_scenario("gao2024"), {"requirement.capacity_loss": loss})
        alone = to_dataset(split_report(scenario).record())
        here = found.sel(capacity_loss=loss)
        np.testing.assert_array_equal(here["split_crb"], alone["split_crb"])
        assert str(here["winner"].values) == str(alone["winner"].values)


@pytest.mark.slow
def test_simulations_are_taken_to_a_higher_precision(tmp_path):
    over = {LIMIT: [0.5], "frame.n_blocks": [8]}
    options = {"simulate": {"depth": "additive", "sampling": "pseudo"}, "out": tmp_path / "study"}
    coarse = isacplan.sweep("bai2024", over, effort={"precision": 0.05}, **options).load()
    kept = blocks(tmp_path / "study")
    fine = isacplan.sweep("bai2024", over, effort={"precision": 0.003}, **options).load()
    assert kept < blocks(tmp_path / "study")
    assert np.all(fine["trials"] > coarse["trials"])
    options.pop("out")
    anew = isacplan.sweep("bai2024", over, effort={"precision": 0.003}, **options)
    assert anew.identical(fine)


def blocks(folder):
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as connection:
        return set(connection.execute("select point, id, checksum from block where id >= 0"))


def test_draws_have_a_mean_and_an_interval():
    from tests.sweeps.test_axes import random_users

    found = isacplan.sweep(random_users(), {"users_random.count": [2, 3]}, draws=4, rivals=False)
    rate = found["rate"].values
    assert rate.shape == (2, 4)
    assert len(np.unique(rate)) == 8
    np.testing.assert_allclose(found["rate_draw_mean"], rate.mean(axis=1), rtol=1e-14)
    half = 3.1824463052842629 * rate.std(axis=1, ddof=1) / np.sqrt(4.0)
    np.testing.assert_allclose(found["rate_draw_high"] - found["rate_draw_mean"], half, rtol=1e-12)
    np.testing.assert_allclose(found["rate_draw_mean"] - found["rate_draw_low"], half, rtol=1e-12)
    assert found["user_rmse_deg"].dims == ("count", "draw", "user")
    assert found["user_rmse_deg_draw_mean"].dims == ("count", "user")
    assert found["draw_seed"].dims == ("draw",)


def test_an_interrupted_sweep_continues_to_the_same_bytes(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("isacplan.sweeps.run.MOST_TOGETHER", 1)
    expected, folder = whole[1], tmp_path / "study"
    with pytest.raises(StopError):
        isacplan.sweep("bai2024", OVER, rivals=False, out=folder, progress=stop_after(2))
    partial = isacplan.open_study(folder)
    finished = partial["status"].values >= 0
    assert 2 <= finished.sum() < 6
    np.testing.assert_array_equal(
        partial["rate"].values[finished], expected["rate"].values[finished]
    )
    assert summary_values(read_study(folder))["results"] is None
    assert "not complete" in summary_text(read_study(folder))
    told = []
    again = isacplan.sweep(
        "bai2024", OVER, rivals=False, out=folder, progress=lambda *now: told.append(now)
    )
    assert again.load().identical(expected)
    assert told[0][0] == finished.sum() + 1
    assert told[-1][:2] == (6, 6)
    assert read_study(folder).counts() == {
        "ok": 4, "infeasible": 2, "bad_input": 0, "fault": 0, "pending": 0
    }  # fmt: skip


def test_a_finished_sweep_computes_nothing_again(whole, monkeypatch):
    folder, expected = whole
    monkeypatch.setattr(Points, "block", None)
    assert isacplan.sweep("bai2024", OVER, rivals=False, out=folder).load().identical(expected)


def test_nothing_else_is_mixed_in(whole):
    folder = whole[0]
    run = lambda over, **more: isacplan.sweep("bai2024", over, rivals=False, out=folder, **more)  # noqa: E731
    with pytest.raises(ValueError, match=r"axes\.array\.n_tx\[0\]\[1\] was 12, is 16"):
        run({**OVER, "array.n_tx": [8, 16]})
    with pytest.raises(ValueError, match="seed was 0, is 1"):
        run(OVER, seed=1)
    other = overridden(load_scenario("bai2024"), {"aging.rho": 0.9})
    with pytest.raises(ValueError, match=r"scenario\.aging\.rho was 0\.98, is 0\.9"):
        isacplan.sweep(other, OVER, rivals=False, out=folder)
    with pytest.raises(ValueError, match="rivals was false, is null"):
        isacplan.sweep("bai2024", OVER, out=folder)


def test_another_version_is_not_mixed_in(whole, monkeypatch):
    monkeypatch.setattr("isacplan.sweeps.folder.fingerprint", lambda: "another")
    with pytest.raises(ValueError, match=r'version was .*, is "another"'):
        isacplan.sweep("bai2024", OVER, rivals=False, out=whole[0])


def test_another_paths_file_is_not_mixed_in(tmp_path):
    from importlib import resources

    text = (resources.files("isacplan") / "presets" / "munich_3500mhz_paths.csv").read_text()
    file = tmp_path / "paths.csv"
    file.write_text(text)
    munich = overridden(load_scenario("munich"), {"users_paths.file": str(file)})
    plan = sweep_plan(munich, {LIMIT: [0.2, 0.3]})
    with pytest.raises(StopError):
        run_sweep(plan, tmp_path / "study", compute=nothing)
    lines = text.splitlines()
    file.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(ValueError, match="paths was"):
        run_sweep(plan, tmp_path / "study", compute=nothing)


def nothing(source, missing):
    raise StopError
    yield


def test_a_second_sweep_into_the_same_folder_is_refused(whole):
    folder = whole[0]
    with (
        sole_writer(folder / "lock", what=str(folder)),
        pytest.raises(ValueError, match="is being written by another process"),
    ):
        isacplan.sweep("bai2024", OVER, rivals=False, out=folder)
    isacplan.sweep("bai2024", OVER, rivals=False, out=folder)


def test_a_folder_that_is_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(ValueError, match=r"holds something else \(thesis\.tex\)"):
        isacplan.sweep("bai2024", OVER, out=tmp_path)
    with pytest.raises(ValueError, match="is not a folder"):
        isacplan.sweep("bai2024", OVER, out=tmp_path / "thesis.tex")
    with pytest.raises(ValueError, match="is not a folder"):
        isacplan.sweep("bai2024", OVER, out=tmp_path / "thesis.tex" / "study")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(ValueError, match="no study here"):
        isacplan.open_study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_damaged_points_are_computed_again(whole, tmp_path):
    folder = tmp_path / "study"
    isacplan.sweep("bai2024", OVER, rivals=False, out=folder)
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as connection:
        connection.execute("update block set value = x'00' where point in (1, 4)")
        connection.commit()
    told = []
    plan = sweep_plan("bai2024", OVER, rivals=False)
    (folder / "results.nc").unlink()
    run_sweep(plan, folder, tell=told.append)
    assert told == [f"{folder / 'ledger.sqlite'}: 2 damaged blocks, to be computed again"]
    assert isacplan.open_study(folder).load().identical(whole[1])


def test_a_full_disk_loses_nothing(full_disk, whole):
    disk = full_disk(300 * 1024)
    many = {LIMIT: "0.09:1:400", "array.n_tx": [8]}
    with pytest.raises(ValueError, match="the disk is full"):
        isacplan.sweep("bai2024", many, rivals=False, out=disk / "study")
    kept = read_study(disk / "study").counts()
    assert kept["ok"] > 20
    assert kept["pending"] > 0
    assert not [path.name for path in (disk / "study").iterdir() if "results" in path.name]


def test_work_of_neighbours_is_shared(monkeypatch):
    from isacplan.sweeps import evaluate

    built, build = [], evaluate.frame_scene
    monkeypatch.setattr(evaluate, "frame_scene", lambda s: built.append(s) or build(s))
    over = {LIMIT: [0.1, 0.2, 0.3], "sensing.validity": ["enforce", "as_printed"],
            "array.n_tx": [8, 12], "users.weight": [1.0, 2.0]}  # fmt: skip
    isacplan.sweep("bai2024", over, rivals=False)
    assert len(built) == 2


def test_the_time_of_a_point_is_measured():
    assert 0.0 < seconds_per_point(sweep_plan("bai2024", OVER, rivals=False)) < 1.0


@pytest.mark.slow
def test_two_workers_give_the_same_bytes(whole, tmp_path, monkeypatch):
    from isacplan.simulate import engine

    monkeypatch.setattr(engine, "PATIENCE", 0.0)
    found = isacplan.sweep("bai2024", OVER, rivals=False, out=tmp_path / "s", n_workers=2)
    assert found.load().identical(whole[1])
