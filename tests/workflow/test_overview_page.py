"""The overview of a zoo in a real browser without a network."""

import pytest
from overview_tables import make_overview
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from test_report import browser  # noqa: F401 - a fixture

from mergeability.overview.page import render_overview

TASKS = [f"task{number:02d}" for number in range(7)]
PLACE_OF_CELL = """
const chart = document.getElementById("chart-pairs");
chart.scrollIntoView({block: "center", behavior: "instant"});
const {xaxis, yaxis} = chart._fullLayout, frame = chart.getBoundingClientRect();
const along = (axis, task) => axis._offset + axis.l2p(axis._categories.indexOf(task));
return [frame.left + along(xaxis, arguments[0]), frame.top + along(yaxis, arguments[1])]
    .map(Math.round);
"""


@pytest.fixture
def page(browser, tmp_path):  # noqa: F811
    """The open page of synthetic tables, at the width of a telephone."""
    file = tmp_path / "overview.html"
    file.write_text(render_overview(**make_overview()), encoding="utf-8")
    size = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(file.as_uri())
    drawn = "return document.querySelectorAll('.js-plotly-plot .main-svg').length > 8"
    WebDriverWait(browser, 20).until(lambda b: b.execute_script(drawn))
    yield browser
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def press(browser, selector, text):  # noqa: F811
    found = browser.find_elements(By.CSS_SELECTOR, f"#chart-pairs {selector}")
    (element,) = [e for e in found if text in (None, e.text)]
    ActionChains(browser).move_to_element(element).click().perform()


def pointed_at(browser, task_a, task_b):  # noqa: F811
    """What the heatmap shows under the pointer where these tasks meet."""
    mouse = ActionChains(browser)
    mouse.w3c_actions.pointer_action.move_to_location(0, 0)
    place = browser.execute_script(PLACE_OF_CELL, task_a, task_b)
    mouse.w3c_actions.pointer_action.move_to_location(*place)
    mouse.perform()
    names = " + ".join(sorted((task_a, task_b)))
    labels = "#chart-pairs .hovertext"
    told = WebDriverWait(browser, 20).until(
        lambda b: [
            text
            for label in b.find_elements(By.CSS_SELECTOR, labels)
            if names in (text := label.get_attribute("textContent"))
        ]
    )
    return told[0]


def test_the_cell_under_the_pointer_is_told_in_any_order_and_by_any_merger(page):
    tables = make_overview()
    pairs = tables["pairs"].set_index(["pair", "merger"])["normalized_accuracy"]
    first, last = tables["mergers"]["merger"]
    mean = f"mean {pairs['task01__task04', first]:.3f}"
    assert mean in pointed_at(page, "task01", "task04")

    press(page, ".updatemenu-header", None)
    WebDriverWait(page, 20).until(
        lambda b: b.find_elements(By.CSS_SELECTOR, ".updatemenu-dropdown-button")
    )
    press(page, ".updatemenu-dropdown-button", last.replace("_", " "))
    press(page, ".updatemenu-button", "by name")
    order = "return document.getElementById('chart-pairs')._fullLayout.xaxis._categories"
    WebDriverWait(page, 20).until(
        lambda b: b.execute_script(order) == sorted(b.execute_script(order))
    )
    mean = f"mean {pairs['task00__task06', last]:.3f}"
    assert mean in pointed_at(page, "task06", "task00")


def test_points_tell_their_pair(page):
    told = page.execute_script(
        """Plotly.Fx.hover("chart-predictions", [{curveNumber: 0, pointNumber: 3}]);
        return document.querySelector("#chart-predictions .hovertext").textContent;"""
    )
    assert "task00 + task04" in told
    assert "observed" in told


def test_a_telephone_shows_all_of_it(page):
    assert page.execute_script("return document.documentElement.scrollWidth") <= 400
    charts = page.find_elements(By.CSS_SELECTOR, ".main-svg")
    assert max(chart.rect["x"] + chart.rect["width"] for chart in charts) <= 400


def test_the_page_of_a_finished_zoo_opens(built, browser):  # noqa: F811
    browser.get((built / "results/mini/overview.html").as_uri())
    assert "keeps most" in browser.page_source
    assert browser.execute_script("return document.querySelectorAll('.js-plotly-plot').length") >= 2
    assert browser.get_log("browser") == []
