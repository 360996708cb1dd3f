"""The explorer in a real browser."""

import csv
import json
import time
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from isacplan.cli.run import group
from isacplan.scenario import load_scenario, scenario_keys, scenario_to_dict, scenario_toml

from .conftest import Explorer, Watched, start, stop, watched

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def command(kind: str, file: Path) -> dict[str, Any]:
    result = CliRunner().invoke(
        group, [kind, str(file), "--json", "--curves"], catch_exceptions=False
    )
    return json.loads(result.stdout)


def test_numbers_are_those_of_the_command(page: Watched, tmp_path: Path) -> None:
    page.press("users.0.snr_db", "ArrowRight")
    page.type("array.n_tx", "12")
    page.settled()
    file = page.download("save-toml", tmp_path)
    expected = command("frame", file)
    numbers = page.numbers()
    assert {"rate_bit_per_hz", "upper_bound_bit_per_hz", "gap", "n_updates"} <= set(numbers)
    assert numbers == {key: expected[key] for key in numbers}
    assert tomllib.loads(file.read_text())["array"]["n_tx"] == 12
    assert f"{expected['spectral_efficiency_bps_hz']:.5f}" in page.page.inner_text("#headline")

    table = page.download("save-csv", tmp_path).read_text()
    rows = list(csv.DictReader(table.splitlines()))
    by_key = {(row["quantity"], row["index"]): row["value"] for row in rows}
    assert float(by_key["rate_bit_per_hz", ""]) == expected["rate_bit_per_hz"]
    curve = expected["curves"]["rate_chosen_bit_per_hz"]
    assert float(by_key["curves.rate_chosen_bit_per_hz", "7"]) == curve[7]


def test_pictures_open(page: Watched, tmp_path: Path) -> None:
    from matplotlib.image import imread

    svg = ET.parse(page.download("save-svg", tmp_path)).getroot()
    assert svg.tag.endswith("svg")
    assert imread(page.download("save-png", tmp_path)).shape[1] > 1000


def after_change(page: Watched, before: dict[str, Any]) -> dict[str, Any]:
    for _ in range(30):
        if page.values() != before:
            break
        time.sleep(0.05)
    return page.values()


def test_every_control_moves_its_key(page: Watched) -> None:
    page.page.evaluate(
        "() => { for (const d of document.querySelectorAll('details')) d.open = true }"
    )
    paths = page.page.evaluate(
        "() => [...document.querySelectorAll('.field')].filter(f =>"
        " f.querySelector('[role=slider]')).map(f => f.dataset.path)"
    )
    assert len(paths) > 15
    for path in paths:
        before = page.values()
        page.press(path, "ArrowLeft")
        after = after_change(page, before)
        if after == before:
            page.press(path, "ArrowRight")
            after = after_change(page, before)
        changed = [name for name in after if after[name] != before.get(name)]
        assert changed == [path.split(".")[0]], path
    for path, choice in (
        ("array.phase_reference", "centre"),
        ("objective.sinr", "lower_bound"),
        ("sensing.matched_filter_gain", "proportional"),
        ("channel.angular_density", "laplacian"),
    ):
        page.page.locator(f'[data-path="{path}"] button').click()
        page.page.get_by_role("option", name=choice).click()
        page.settled()
        section, name = path.split(".")
        assert page.values()[section][name] == choice
    assert "std_deg" in page.values()["channel"]


def test_every_key_has_a_label_and_help(page: Watched) -> None:
    fields = page.page.evaluate(
        "() => [...document.querySelectorAll('.field')].map(f => [f.dataset.path, f.title,"
        " [...f.querySelectorAll('input, [role=slider]')].every(e => e.getAttribute('aria-label')"
        " || document.querySelector(`label[for='${CSS.escape(e.id)}']`))])"
    )
    meaning = {f"{k.section}.{k.name}": k.meaning for k in scenario_keys("frame")}
    for path, title, labelled in fields:
        assert labelled, path
        assert meaning.get(path.replace(".0.", "."), "") in title


def test_ways_out_are_buttons(page: Watched) -> None:
    page.type("sensing.angle_rmse_limit_deg", "0.001")
    page.settled("infeasible")
    assert "user 0: angle accuracy needs" in page.page.inner_text("#alert")
    page.page.click("#fix-0")
    page.settled()
    assert page.page.inner_text("#alert") == ""
    shown = page.page.locator('[data-path="sensing.angle_rmse_limit_deg"] input').input_value()
    assert float(shown) == page.values()["sensing"]["angle_rmse_limit_deg"] > 0.07


def test_a_wrong_value_is_explained_and_kept_out_of_the_plan(page: Watched) -> None:
    page.type("frame.symbols_per_update", "71")
    page.settled("wrong")
    assert "must be at most symbols_per_block = 70" in page.page.inner_text("#alert")
    page.type("frame.symbols_per_update", "9")
    page.settled()


def test_the_optimum_follows_a_drag(page: Watched) -> None:
    before = page.values()["users"][2], page.numbers()["rate_bit_per_hz"]
    box = page.page.locator("#map").bounding_box()
    x, y = page.page.evaluate(
        "() => { const g = isacplan.plot('map'), l = g._fullLayout, t = g.data.at(-1);"
        " return [l.xaxis._offset + l.xaxis.d2p(t.x[2]), l.yaxis._offset + l.yaxis.d2p(t.y[2])]; }"
    )
    mouse = page.page.mouse
    mouse.move(box["x"] + x, box["y"] + y)
    mouse.down()
    seen = set()
    for i in range(1, 9):
        mouse.move(box["x"] + x - i, box["y"] + y - 4 * i)
        time.sleep(0.3)
        seen.add(page.page.evaluate("() => isacplan.answered.numbers?.rate_bit_per_hz"))
    mouse.up()
    page.settled()
    user = page.values()["users"][2]
    assert user["angle_deg"] > before[0]["angle_deg"] + 5.0
    more = user["snr_db"] - before[0]["snr_db"]
    assert abs(more) > 0.2
    assert user["sensing_snr_db"] - before[0]["sensing_snr_db"] == pytest.approx(2 * more)
    assert len(seen) > 2
    assert page.numbers()["rate_bit_per_hz"] != before[1]
    field = page.page.locator('[data-path="users.0.angle_deg"] input')
    assert float(field.input_value()) == page.values()["users"][0]["angle_deg"]


def test_uploads(page: Watched, tmp_path: Path) -> None:
    good = tmp_path / "mine.toml"
    values = scenario_to_dict(load_scenario("bai2024")) | {"name": "mine"}
    from isacplan.scenario import scenario_from_dict

    good.write_text(scenario_toml(scenario_from_dict(values)))
    picker = page.page.locator('input[type="file"]')
    picker.set_input_files(good)
    for _ in range(100):
        if page.values()["name"] == "mine":
            break
        time.sleep(0.1)
    page.settled()
    assert page.values()["name"] == "mine"
    for name, content, words in (
        ("broken.toml", b"kind = ", "not TOML"),
        ("binary.toml", bytes(range(256)), "not UTF-8"),
        ("other.toml", b'kind = "frame"\nnonsense = 1\n', "unknown key nonsense"),
        ("secret.toml", _naming("/etc/passwd"), "opens no file that a scenario names"),
        ("element.toml", _element("/etc/passwd"), "opens no file that a scenario names"),
    ):
        bad = tmp_path / name
        bad.write_bytes(content)
        picker.set_input_files(bad)
        page.page.get_by_text(words).first.wait_for(timeout=20_000)
        assert page.values()["name"] == "mine"
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * 1_100_000)
    picker.set_input_files(large)
    page.page.get_by_text("at most").first.wait_for(timeout=20_000)
    assert page.values()["name"] == "mine"


def _naming(file: str) -> bytes:
    text = scenario_toml(load_scenario("munich"))
    lines = [f'file = "{file}"' if x.startswith("file = ") else x for x in text.splitlines()]
    return "\n".join(lines).encode()


def _element(file: str) -> bytes:
    return (
        scenario_toml(load_scenario("munich"))
        .replace('element = "isotropic"', f'element = "{file}"')
        .encode()
    )


def test_a_dropped_file_is_opened(page: Watched) -> None:
    page.page.evaluate(
        "text => { const data = new DataTransfer();"
        " data.items.add(new File([text], 'dropped.toml'));"
        " const zone = document.querySelector('#upload-button');"
        " for (const kind of ['dragenter', 'dragover', 'drop'])"
        " zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true })); }",
        scenario_toml(load_scenario("gao2024")),
    )
    page.page.wait_for_selector('html[data-kind="split"]', timeout=20_000)
    page.settled()


def test_a_link_brings_the_state_back_and_tabs_are_apart(
    page: Watched, chromium: Any, explorer: Explorer
) -> None:
    page.type("array.n_rx", "11")
    page.settled()
    time.sleep(0.6)
    link = page.page.inner_text("#link")
    assert page.page.url == link
    other = watched(chromium, link)
    assert other.values() == page.values()
    assert other.numbers() == page.numbers()
    other.type("array.n_rx", "7")
    other.settled()
    assert page.values()["array"]["n_rx"] == 11
    page.page.reload()
    page.settled()
    assert page.values()["array"]["n_rx"] == 11
    other.page.close()
    broken = watched(chromium, f"{explorer.address}#nonsense")
    assert "The link holds no scenario" in broken.page.inner_text("#message")
    broken.page.close()


def test_pinned_beside_present(page: Watched) -> None:
    page.page.click("#pin")
    page.type("array.n_tx", "16")
    page.settled()
    table = page.page.inner_text("#compare")
    assert "3.27966 bit/s/Hz" in table
    names = page.page.evaluate("() => isacplan.plot('over-sensing').data.map(t => t.name)")
    assert "pinned: this frame" in names
    page.page.click("#unpin")
    assert page.page.inner_text("#compare") == ""


def test_work_in_the_background_does_not_hold_the_sliders(page: Watched) -> None:
    page.page.click("#simulate")
    page.press("users.0.snr_db", "ArrowRight")
    page.settled()
    page.page.get_by_text("95 % interval").wait_for(timeout=90_000)
    page.page.fill("#sweep-start", "0.2")
    page.page.fill("#sweep-stop", "0.4")
    page.page.fill("#sweep-count", "3")
    page.page.click("#sweep")
    page.page.get_by_text("Sweep over").wait_for(timeout=90_000)
    rows = page.page.locator("#task-result tbody tr").all_inner_texts()
    assert len(rows) == 3
    assert rows[0].startswith("0.2")
    page.page.click("#simulate")
    page.page.click("#task-cancel")
    assert page.page.inner_text("#task-words") in ("", "cancelled")
    time.sleep(2.0)
    assert page.page.locator("#task-result").inner_text() == ""


def test_a_sampled_plan_is_sketched_then_sharpened(page: Watched, tmp_path: Path) -> None:
    page.page.evaluate(
        "() => isacplan.load({ ...isacplan.stated.values,"
        " sensing: { error_model: 'mismatched', error_law: 'bound', angle_rmse_limit_deg: 0.3 },"
        " transmission: { precoder: 'zf', receiver: 'mean_gain' } })"
    )
    page.settled("sketched")
    assert "sketch from 32 draws" in page.page.inner_text("#headline")
    sketched = page.page.evaluate("() => isacplan.answered.numbers.rate_bit_per_hz")
    page.settled(seconds=120.0)
    expected = command("frame", page.download("save-toml", tmp_path))
    assert page.numbers() == {key: expected[key] for key in page.numbers()}
    assert sketched == pytest.approx(expected["rate_bit_per_hz"], rel=0.1)


def test_split_view(page: Watched, tmp_path: Path) -> None:
    page.page.evaluate(
        "values => isacplan.load(values)", scenario_to_dict(load_scenario("gao2024"))
    )
    page.page.wait_for_selector('html[data-kind="split"]')
    page.settled()
    page.press("requirement.capacity_loss", "ArrowRight")
    page.settled()
    file = page.download("save-toml", tmp_path)
    expected = command("split", file)
    numbers = page.numbers()
    assert numbers["winner"] == expected["winner"]
    assert numbers == {key: expected[key] for key in numbers}
    for _ in range(200):
        drawn = page.page.evaluate("() => isacplan.plot('winner-map').data.length")
        if drawn == 2:
            break
        time.sleep(0.1)
    there = page.page.evaluate(
        "() => { const d = isacplan.plot('winner-map').data;"
        " return [d[0].z.length, d[1].x, d[1].y]; }"
    )
    assert there == [61, [8], [expected["splits"][expected["winner"]]["users"][0]["distance_m"]]]
    grid = page.page.evaluate("() => isacplan.plot('resource-grid').data[0].z.flat()")
    design = expected["splits"][expected["winner"]]
    assert sum(grid) > 0
    assert sum(grid) / len(grid) == pytest.approx(design["elements_taken"] / (111 * 200), rel=0.15)


def test_a_lost_explorer_comes_back_with_the_state(chromium: Any) -> None:
    running = start()
    port = int(running.address.rstrip("/").rsplit(":", 1)[1])
    seen = watched(chromium, running.address)
    stop(running)
    seen.type("array.n_tx", "10")
    seen.page.get_by_text("No connection to the explorer").wait_for(timeout=20_000)
    again = start(port=port)
    seen.settled()
    assert seen.values()["array"]["n_tx"] == 10
    assert seen.page.inner_text("#connection") == ""
    seen.page.close()
    stop(again)


@pytest.mark.parametrize("width", [360, 900, 2400])
def test_it_fits_and_stays(page: Watched, width: int) -> None:
    page.page.set_viewport_size({"width": width, "height": 900})
    time.sleep(0.5)
    measure = (
        "() => [document.documentElement.scrollWidth, innerWidth,"
        " ...['over-sensing', 'rivals', 'tables', 'taken'].map(id =>"
        " document.getElementById(id).getBoundingClientRect().top + scrollY)]"
    )
    before = page.page.evaluate(measure)
    assert before[0] <= before[1]
    page.page.evaluate("() => isacplan.change([['users.0.snr_db', 3.0]])")
    page.settled()
    time.sleep(0.3)
    assert page.page.evaluate(measure) == before


def test_keyboard_reaches_everything(page: Watched) -> None:
    seen = set()
    for _ in range(160):
        page.page.keyboard.press("Tab")
        seen.add(
            page.page.evaluate(
                "() => { const a = document.activeElement;"
                " return a.id || a.getAttribute('aria-label')"
                " || a.closest('[id]')?.id || a.tagName; }"
            )
        )
    assert {"save-toml", "save-csv", "pin", "add-user", "simulate", "sweep"} <= seen
    assert any("preset" in str(each) for each in seen)
    assert any("slider" in str(each) for each in seen)


def test_themes(page: Watched) -> None:
    page.page.get_by_label("dark").check()
    page.settled()
    assert page.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == (
        "rgb(13, 17, 23)"
    )
    ink = page.page.evaluate("() => isacplan.plot('over-sensing').layout.font.color")
    assert ink == "#e6edf3"
    page.page.get_by_label("light").check()
    page.settled()


def test_ten_tabs_dragged_at_once_keep_answering(chromium: Any, explorer: Explorer) -> None:
    pages = [watched(chromium, explorer.address) for _ in range(10)]
    drag = (
        "k => { let i = 0; window.moved = setInterval(() => { i += 1;"
        " isacplan.change([['users.0.angle_deg', -60 + k + i / 10]]);"
        " if (i === 25) clearInterval(window.moved); }, 50); }"
    )
    for k, seen in enumerate(pages):
        seen.page.evaluate(drag, k)
    for k, seen in enumerate(pages):
        for _ in range(600):
            if abs(seen.values()["users"][0]["angle_deg"] + 57.5 - k) < 1e-6:
                break
            time.sleep(0.2)
        seen.settled(seconds=180.0)
        assert seen.values()["users"][0]["angle_deg"] == pytest.approx(-57.5 + k)
        table = seen.page.locator("#tables tbody tr").first.inner_text().split()
        assert float(table[1]) == pytest.approx(-57.5 + k)
        assert seen.complaints == []
        seen.page.close()
