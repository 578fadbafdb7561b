"""Loading as a whole: sources in their order, files that cannot be read, and the project's own environments."""

from pathlib import Path

import pytest

import config
from config.loader import load_as, misnamed_environments
from tests.unit.config.small import Vehicle


class Folder:
    """A folder of environments that a test fills."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("base", "")

    def write(self, name: str, text: str) -> None:
        (self.path / f"{name}.yaml").write_text(text, encoding="utf-8")

    def load(self, *overrides: str, **environ: str) -> Vehicle:
        return load_as(Vehicle, "here", overrides=overrides, environ=environ, folder=self.path)

    def problems(self, *overrides: str, **environ: str) -> tuple[config.Problem, ...]:
        with pytest.raises(config.ConfigurationError) as caught:
            self.load(*overrides, **environ)
        return caught.value.problems


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_each_source_wins_over_those_before_it(folder: Folder) -> None:
    folder.write("base", "weight: 1\nengine: {least: 1, most: 10, cylinders: 1}")
    folder.write("here", "engine: {least: 2, most: 20, cylinders: 2}")

    vehicle = folder.load("engine.most=40", SLIPWAY__engine__most="30", SLIPWAY__engine__least="3")

    assert (vehicle.is_open, vehicle.weight) == (False, 1)
    assert (vehicle.engine.cylinders, vehicle.engine.least, vehicle.engine.most) == (2, 3, 40)


def test_problems_of_all_sources_come_together(folder: Folder) -> None:
    folder.write("base", "weight: heavy")
    folder.write("here", "colour: blue\ncolour: green\nengine: {cilinders: 1}")

    problems = folder.problems("seats=[]", "nonsense", SLIPWAY__is_open="perhaps")

    assert [(problem.source.rpartition("/")[2], problem.line, problem.path) for problem in problems] == [
        ("-c set", None, ""),
        ("-c set", None, "seats"),
        ("base.yaml", 1, "weight"),
        ("here.yaml", 2, "colour"),
        ("here.yaml", 3, "engine.cilinders"),
        ("environment variable SLIPWAY__is_open", None, "is_open"),
    ]


def test_a_path_with_a_problem_of_its_writing_is_not_told_twice(folder: Folder) -> None:
    folder.write("here", "number: 010")

    (problem,) = folder.problems()

    assert "in quotes" in str(problem)


def test_a_doubtful_file_is_refused_though_its_values_would_do(folder: Folder) -> None:
    folder.write("here", "weight: 1\nweight: 2")

    (problem,) = folder.problems()

    assert problem.path == "weight"


def test_all_unreadable_files_are_told(folder: Folder) -> None:
    folder.write("base", "a: [")
    folder.write("here", "- a")

    assert [problem.source.rpartition("/")[2] for problem in folder.problems()] == ["base.yaml", "here.yaml"]


def test_an_unreadable_file_does_not_hide_problems_of_the_other(folder: Folder) -> None:
    folder.write("base", "weight: 1\nweight: 2")
    folder.write("here", "- a")

    assert len(folder.problems()) == 2


def test_a_missing_base_is_told(folder: Folder) -> None:
    folder.write("here", "")
    (folder.path / "base.yaml").unlink()

    (problem,) = folder.problems()

    assert problem.message == "cannot be read: No such file or directory"
    assert problem.mend == "make this file, which may be empty"


def test_a_file_of_another_ending_is_to_be_renamed(folder: Folder) -> None:
    (folder.path / "here.yml").write_text("weight: 1")

    (problem,) = folder.problems()

    assert problem.mend == "rename here.yml to here.yaml"

    folder.write("here", "")
    (folder.path / "base.yaml").rename(folder.path / "base.yml")

    assert [problem.mend for problem in folder.problems()] == ["rename base.yml to base.yaml"]
    assert misnamed_environments(folder.path) == ()


def test_a_mend_fits_the_source(folder: Folder) -> None:
    folder.write("here", "labels: 3")

    engine, seats = folder.problems("seats=7", SLIPWAY__engine="3", SLIPWAY__labels="{a: b}")[::-1]

    assert (seats.source, seats.mend) == ("-c set", "write [7]")
    assert engine.mend == "give its keys one by one, or write {key: value}"


def test_an_unknown_environment_gets_the_known_ones_and_the_nearest(folder: Folder) -> None:
    folder.write("there", "")
    folder.write("staging", "")

    (problem,) = folder.problems()

    assert problem.message == 'there is no environment "here"'
    assert (problem.allowed, problem.nearest) == ("staging, there", "there")


@pytest.mark.parametrize("name", ["base", "", "../here", "here.yaml"])
def test_only_the_name_of_a_file_is_an_environment(folder: Folder, name: str) -> None:
    folder.write("here", "")

    with pytest.raises(config.ConfigurationError, match="there is no environment"):
        load_as(Vehicle, name, folder=folder.path)


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigurationError, match="holds no environment's file"):
        load_as(Vehicle, "here", folder=tmp_path)


@pytest.mark.parametrize("name", config.environment_names())
def test_the_projects_own_environments_are_good(name: str) -> None:
    assert config.load(name).environment == name


OURS = ("development", "local", "production", "staging", "test")


def test_the_projects_environments_are_there_beside_those_of_whoever_uses_it() -> None:
    assert set(OURS) <= set(config.environment_names())


def test_a_file_cannot_call_itself_another_environment() -> None:
    with pytest.raises(config.ConfigurationError) as caught:
        config.load("staging", overrides=["environment=production"])

    (problem,) = caught.value.problems
    assert problem.message == 'is production, but the environment that was asked for is "staging"'


def test_an_environment_that_is_nothing_is_told_in_words_of_yaml() -> None:
    with pytest.raises(config.ConfigurationError, match="environment: is null, but"):
        config.load("staging", overrides=["environment=null"])


def test_an_environment_need_not_name_itself(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").touch()
    (tmp_path / "test.yaml").touch()

    assert config.load("test", folder=tmp_path).environment == "test"


def test_files_of_the_project_are_named_from_its_root() -> None:
    with pytest.raises(config.ConfigurationError, match="config/environments: there is no environment"):
        config.load("nowhere")


def test_every_file_is_an_environment(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").touch()
    (tmp_path / "preview.yaml").write_text("removal: destroy\n")

    assert config.environment_names(tmp_path) == ("preview",)
    assert config.load("preview", folder=tmp_path).deployment_id == "slipway-preview"


def test_a_file_whose_name_is_no_environments_is_told(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").touch()
    (tmp_path / "my-preview.yaml").write_text("removal: destroy\n")

    with pytest.raises(config.ConfigurationError) as caught:
        config.load("my-preview", folder=tmp_path)

    (problem,) = caught.value.problems
    assert (problem.path, problem.value) == ("environment", '"my-preview"')
    assert problem.source.endswith("my-preview.yaml")
