"""Tables and figures, and the report that holds them."""


def print_results():
    """What a finished run says last."""
    for zoo in ZOOS:
        table = Path(f"results/{zoo}/tables/summary.txt")
        if table.is_file():
            print(f"\nZoo {zoo}\n{table.read_text()}\nReport: results/{zoo}/report.html")
