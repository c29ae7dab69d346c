"""The HTML report in a real browser without a network."""

import shutil

import pytest
from requirements import unavailable
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


@pytest.fixture
def browser():
    binaries = shutil.which("chromium"), shutil.which("chromedriver")
    if not all(binaries):
        unavailable("not installed: chromium, chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = binaries[0]
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--window-size=1600,1200",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(binaries[1]))
    yield driver
    driver.quit()


def click(browser, text):
    path = f"//*[normalize-space(text())='{text}']"
    WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.XPATH, path))[0].click()


def test_report_opens_offline_and_shows_figures(built, browser):
    browser.get((built / "results/mini/report.html").as_uri())
    WebDriverWait(browser, 20).until(lambda b: "normalised accuracy" in b.page_source)
    for category in ("Merging", "Prediction", "Coefficients"):
        assert category in browser.page_source
    click(browser, "Merging")
    WebDriverWait(browser, 20).until(lambda b: "Normalised accuracy of all pairs" in b.page_source)
    assert "weight_average" in browser.page_source
    assert browser.get_log("browser") == []
