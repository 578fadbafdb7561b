import pytest
from pydantic import BaseModel, ValidationError

from lambda_src.cache_service import models


@pytest.mark.parametrize("model", models.Options.__subclasses__() + models.StoreByKeyOptions.__subclasses__())
def test_unknown_options_are_refused(model):
    with pytest.raises(ValidationError, match="Extra inputs"):
        model.model_validate_strings({"no-such-option": "1", "key": "k", "prefix": ""})


def test_every_reply_describes_itself():
    found = [each for each in vars(models).values() if isinstance(each, type) and issubclass(each, BaseModel)]
    assert len(found) > 10
    for each in found[1:]:
        assert each.model_json_schema()["type"] == "object"
