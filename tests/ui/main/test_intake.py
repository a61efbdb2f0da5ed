"""The user's own data in the window: chosen or dropped, looked at by a real inspector, asked about, and started."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QPushButton
from window_kit import House

from ganstudio.core.protocol.messages import InspectData, Refused, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.engine.data_inspector import DataInspector
from ganstudio.ui.main.column_dialog import ColumnDialog
from ganstudio.ui.main.folder_dialog import FolderDialog

pytest_plugins = ["window_fixtures"]


@pytest.fixture(autouse=True)
def closed(house: House) -> Iterator[None]:
    yield
    if house.window.intake.dialog is not None:
        house.window.intake.dialog.reject()


def answer(house: House) -> None:
    """What a real engine says to the last look."""
    inspector = DataInspector(house.stage.link.say)
    command = house.stage.link.told(InspectData)[-1]
    inspector._last = command.id
    inspector._answer(command)
    inspector.close()


def drop(house: House, *paths: Path, onto: QObject | None = None) -> None:
    """Drags files over the window and lets them go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    target = onto or house.window
    left, copy = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    assert house.window.intake.target.hint.isVisible()
    event = QDropEvent(QPointF(300, 300), copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, event)
    assert event.isAccepted()
    assert not house.window.intake.target.hint.isVisible()


def hint(house: House) -> str:
    return house.window.intake.target.hint.text()


def pictures(folder: Path, count: int = 5, side: int = 40) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(count):
        Image.new("RGB", (side, side + 8), (40 * at, 90, 10)).save(folder / f"{at}.png")
    return folder


def table(path: Path, columns: int = 4) -> Path:
    rng = np.random.default_rng(1)
    names = ["age", "chol", "thalach", "oldpeak"][:columns]
    rows = rng.normal(50, 9, (40, columns))
    path.write_text("name," + ",".join(names) + "\n" + "".join(
        f"p{at}," + ",".join(f"{value:.3f}" for value in row) + "\n" for at, row in enumerate(rows)))
    return path


def plain(path: Path, columns: int) -> Path:
    np.savetxt(path, np.random.default_rng(2).normal(size=(30, columns)), delimiter=",")
    return path


def asked(house: House) -> Spec:
    return house.stage.link.told(Start)[-1].spec


def test_a_table_of_points_that_is_dropped_is_trained_on(house: House, tmp_path: Path) -> None:
    house.begin(Spec(variant="wgan-gp", data="ring", controls={"batch_size": 999}))
    drop(house, plain(tmp_path / "two.csv", 2))
    assert hint(house) == "Drop to train on the points in “two.csv”"
    answer(house)
    assert (asked(house).data, asked(house).data_controls) == ("points", {"file": str(tmp_path / "two.csv")})
    assert asked(house).controls["batch_size"] == 999, "it is on the plane too"
    house.stage.stand()
    assert house.window.windowTitle() == "WGAN-GP on two.csv – GAN Studio"
    drop(house, plain(tmp_path / "one.tsv", 1))
    answer(house)
    assert (asked(house).data_controls, asked(house).controls) == ({"file": str(tmp_path / "one.tsv")}, {})


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_arrays_are_trained_on(house: House, tmp_path: Path, name: str) -> None:
    points = np.random.default_rng(3).normal(size=(20, 2))
    if name == "x.npy":
        np.save(tmp_path / name, points)
    else:
        np.savez(tmp_path / name, y=points[:, 1], x=points[:, 0])
    house.begin()
    drop(house, tmp_path / name)
    answer(house)
    assert asked(house).data_controls == {"file": str(tmp_path / name)}


def test_of_a_wide_table_columns_are_chosen(house: House, tmp_path: Path) -> None:
    path = table(tmp_path / "heart.csv")
    house.begin()
    drop(house, path)
    answer(house)
    dialog = house.window.intake.dialog
    assert isinstance(dialog, ColumnDialog)
    assert len(house.stage.link.told(Start)) == 1, "it asks first"
    assert [dialog.across.itemText(at) for at in range(dialog.across.count())] == ["age", "chol", "thalach", "oldpeak"]
    assert "name holds “p0” in row 1" in dialog.notes.text()
    cells = [item.text() for at in range(5) if (item := dialog.rows.item(0, at)) is not None]
    assert cells == path.read_text().splitlines()[1].split(",")
    dialog.across.setCurrentText("thalach")
    dialog.upward.setCurrentText("age")
    values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(3, 1))
    np.testing.assert_allclose(dialog.picture.points, values)
    dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    assert asked(house).data_controls == {"file": str(path), "columns": "thalach,age"}


def test_one_column_of_a_wide_table_is_a_line(house: House, tmp_path: Path) -> None:
    house.begin(Spec(variant="wgan-gp", data="ring", controls={"batch_size": 999}))
    drop(house, table(tmp_path / "heart.csv"))
    answer(house)
    dialog = house.window.intake.dialog
    assert isinstance(dialog, ColumnDialog)
    dialog.upward.setCurrentIndex(dialog.upward.count() - 1)
    dialog.accept()
    assert (asked(house).data_controls["columns"], asked(house).controls) == ("age", {})


def test_columns_that_cannot_be_points_are_said(house: House, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("who,what,when\na,b,c\nd,e,f\n")
    house.begin()
    drop(house, path)
    answer(house)
    assert "holds numbers throughout" in house.said()
    assert "who holds “a” in row 1" in house.said()
    assert len(house.stage.link.told(Start)) == 1


def test_a_folder_is_shown_before_it_is_trained_on(house: House, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "photos")
    (folder / "broken.jpg").write_bytes(b"no image")
    (folder / "phone.heic").write_bytes(b"x")
    house.begin(Spec(variant="wgan-gp", data="ring", controls={"critic_steps": 2}, preset="paper"))
    drop(house, folder)
    assert hint(house) == "Drop to look at the images in “photos”"
    answer(house)
    dialog = house.window.intake.dialog
    assert isinstance(dialog, FolderDialog)
    assert dialog.headline.text() == "6 images in “photos”"
    assert "40 × 48 px each" in dialog.details.text()
    assert "HEIC" in dialog.notes.text()
    assert "broken.jpg" in dialog.notes.text()
    assert dialog._boxes["resolution"].currentData() == "32", "the largest usual one that they fill"
    assert dialog.grid.images.shape == (5, 32, 32, 3)
    np.testing.assert_array_equal(dialog.grid.images[2, 16, 16], (80, 90, 10))
    assert dialog.grid.edged and dialog.made.edged, "white sides would not be seen on a white ground"
    dialog._boxes["resolution"].setCurrentIndex(dialog._boxes["resolution"].findData("16"))
    dialog._boxes["colour"].setCurrentIndex(dialog._boxes["colour"].findData("grey"))
    answer(house)
    assert dialog.grid.images.shape == (5, 16, 16, 1)
    dialog.accept()
    spec = asked(house)
    assert (spec.data, spec.preset, spec.controls, spec.network) == ("folder", "toy", {}, "")
    assert spec.data_controls == {"path": str(folder), "resolution": "16", "crop": "centre", "colour": "grey"}


def test_pairs_are_shown_as_pairs_with_the_source_on_the_left(house: House, tmp_path: Path) -> None:
    for side, level in (("A", 0), ("B", 200)):
        (tmp_path / side).mkdir()
        for name in "abc":
            Image.new("RGB", (40, 40), (level, 90, 10)).save(tmp_path / side / f"{name}.png")
    Image.new("RGB", (40, 40)).save(tmp_path / "A" / "alone.png")
    Image.new("RGB", (30, 40)).save(tmp_path / "B" / "c.png")
    house.begin()
    drop(house, tmp_path)
    answer(house)
    dialog = house.window.intake.dialog
    assert isinstance(dialog, FolderDialog)
    assert dialog.grid.images.shape == (2, 32, 64, 3)
    assert (dialog.grid.images[0, 0, 0, 0], dialog.grid.images[0, 0, 63, 0]) == (0, 200)
    assert "of the same name" in dialog.details.text()
    assert "Left out: 1 file (without a partner" in dialog.notes.text()
    assert "1 of 3 pairs looked at cannot be used" in dialog.notes.text()
    dialog._boxes["direction"].setCurrentIndex(dialog._boxes["direction"].findData("b to a"))
    answer(house)
    assert (dialog.grid.images[0, 0, 0, 0], dialog.grid.images[0, 0, 63, 0]) == (200, 0)


def test_two_kinds_are_shown_beside_each_other(house: House, tmp_path: Path) -> None:
    pictures(tmp_path / "horses", 4)
    pictures(tmp_path / "zebras", 3)
    house.begin()
    house.window.intake.look(str(tmp_path), "unpaired-folders")
    answer(house)
    dialog = house.window.intake.dialog
    assert isinstance(dialog, FolderDialog)
    assert (len(dialog.grid.images), len(dialog.made.images)) == (4, 3)
    assert "Sources: horses (4). To be made: zebras (3)." in dialog.details.text()
    assert not dialog.made.isHidden()


def test_images_bring_the_folder_that_they_lie_in(house: House, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "photos")
    house.begin()
    drop(house, folder / "0.png", folder / "3.png")
    answer(house)
    dialog = house.window.intake.dialog
    assert isinstance(dialog, FolderDialog)
    assert "2 images were dropped: a run learns from a whole folder" in dialog.notes.text()
    assert dialog.headline.text().startswith("5 images")


def test_an_archive_of_images_is_a_folder(house: House, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "photos")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"in/{file.name}")
    house.begin()
    drop(house, tmp_path / "photos.zip")
    answer(house)
    dialog = house.window.intake.dialog
    assert isinstance(dialog, FolderDialog)
    dialog.accept()
    assert asked(house).data_controls["path"] == str(tmp_path / "photos.zip")


def test_a_published_archive_is_its_data_set(house: House, tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"x")
    house.begin()
    drop(house, tmp_path / "train-images-idx3-ubyte.gz")
    answer(house)
    assert (asked(house).data, asked(house).data_controls) == ("mnist", {"path": str(tmp_path)})


def test_a_run_that_is_dropped_is_opened(house: House, small_run: Path) -> None:
    house.begin()
    drop(house, small_run)
    start = house.stage.link.told(Start)[-1]
    assert (start.file, start.playing, start.spec.seed) == (str(small_run), False, 5)


@pytest.mark.parametrize(("names", "sentence"), [
    (["a.csv", "b.csv"], "2 things were dropped"), (["a.ganrun", "b.ganrun"], "2 runs were dropped"),
    (["one/a.png", "other/b.png"], "2 folders"), (["a.xlsx"], "save it as CSV"), (["a.docx"], "is no data"),
    (["a.heic"], "HEIC"), (["damaged.ganrun"], "damaged.ganrun"), (["weights.pt"], "pickled"),
])
def test_what_cannot_be_used_is_said_in_a_sentence(
    house: House, tmp_path: Path, names: list[str], sentence: str
) -> None:
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    house.begin()
    drop(house, *paths)
    if house.stage.link.told(InspectData):
        answer(house)
    assert sentence in house.said()
    assert len(house.stage.link.told(Start)) == 1


def test_a_drop_is_taken_wherever_it_falls(house: House, tmp_path: Path) -> None:
    """The system gives it to the window's own window first: a plot below the pointer would take it."""
    house.begin()
    drop(house, plain(tmp_path / "two.csv", 2), onto=house.window.windowHandle())
    answer(house)
    assert asked(house).data == "points"


def test_the_hint_goes_when_the_pointer_leaves(house: House, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    shown = house.window.intake.target.hint
    QApplication.sendEvent(house.window, QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    assert shown.isVisible()
    assert shown.geometry() == house.window.rect()
    QApplication.sendEvent(house.window, QDragLeaveEvent())
    assert not shown.isVisible()


def test_text_that_is_dragged_is_none_of_ours(house: House) -> None:
    data = QMimeData()
    data.setText("moons")
    event = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    assert not house.window.intake.target.eventFilter(house.window, event)
    assert event.type() == QEvent.Type.DragEnter


@pytest.mark.parametrize(("name", "dialog"), [("points", "getOpenFileName"), ("folder", "getExistingDirectory")])
def test_a_file_dialog_opens_where_the_last_one_was_left(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, dialog: str
) -> None:
    began: list[str] = []
    place = pictures(tmp_path / "photos") if name == "folder" else plain(tmp_path / "two.csv", 2)

    def ask(_: object, __: str, where: str, *___: object) -> object:
        began.append(where)
        return str(place) if name == "folder" else (str(place), "")

    monkeypatch.setattr(QFileDialog, dialog, ask)
    house.begin()
    for _ in range(2):
        house.window.intake.choose(house.stage.session.catalog.data_set(name))  # type: ignore[union-attr]
    assert began[1] == str(tmp_path)
    assert house.stage.link.told(InspectData)[-1].path == str(place)


def press(house: House, text: str) -> Callable[[], None]:
    buttons = [button for button in house.window.notice.findChildren(QPushButton) if button.text() == text]
    return buttons[-1].click


def test_images_that_cannot_be_fetched_come_with_ways_on(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.begin()
    house.stage.next_run.choose_data("mnist")
    reason = "mnist is not on this machine and could not be fetched from x: or give path=FOLDER where they lie"
    house.stage.link.say(Refused(run=house.stage.link.told(Start)[-1].run, reason=reason, missing="mnist"))
    assert "MNIST is not on this machine" in house.said()
    assert "path=" not in house.said()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    press(house, "Choose a folder…")()
    assert (asked(house).data, asked(house).data_controls) == ("mnist", {"path": str(tmp_path)})
    house.stage.link.say(Refused(run=house.stage.link.told(Start)[-1].run, reason=reason, missing="mnist"))
    press(house, "Use Digits")()
    assert asked(house).data == "digits"
