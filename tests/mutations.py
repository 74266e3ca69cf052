"""Changes such as Cloudflare makes to its specification, and what each must lead to.

A change is *reported* (which check says so, and the words that its line must have) or *absorbed* (what the generated
package then has). `yesterday` is what the SDK of before the change says of the answers of after it, if it has to refuse
them.
"""

import copy
import re
import string
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import jsonschema
from specs import Schema

Document = dict[str, Any]

V1 = "/accounts/{account_id}/images/v1"
V2 = "/accounts/{account_id}/images/v2"
IMAGE = f"{V1}/{{image_id}}"


@attrs.frozen
class Mutation:
    """A change of the description, and its consequence."""

    name: str
    change: Callable[[Document], None] = attrs.field(repr=False)
    reported: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    """Words of the report by the name of the check; `generator`, `mypy` and `pytest` are other steps."""
    absorbed: str = attrs.field(default="", kw_only=True)
    """`file: text` of what is generated from the change."""
    yesterday: str = attrs.field(default="", kw_only=True)
    """Words of the typed error with which the SDK of before the change answers; without them it must go on."""
    unseen: str = attrs.field(default="", kw_only=True)
    """What comes beside a list that is given whole, where the SDK of before the change has no place for it."""

    def applied(self, document: Document) -> Document:
        """A copy of a document with the change."""
        changed = copy.deepcopy(document)
        self.change(changed)
        assert changed != document, self.name
        return changed


def schema(document: Document, name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def properties(document: Document, name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema(document, name)["properties"]
    return found


def query(document: Document, path: str, name: str) -> dict[str, Any]:
    """A parameter of a listing, which is only that operation's from now on."""
    parameters = document["paths"][path]["get"]["parameters"]
    for position, parameter in enumerate(parameters):
        if parameter.get("$ref", "").endswith(f"/{name}"):
            parameters[position] = copy.deepcopy(document["components"]["parameters"][name])
        if parameters[position].get("name") == name:
            found: dict[str, Any] = parameters[position]
            return found
    raise KeyError(name)


def add_query(document: Document, path: str, name: str, **more: Any) -> None:
    parameter = {"name": name, "in": "query", "schema": {"type": "string"}, **more}
    document["paths"][path]["get"].setdefault("parameters", []).append(parameter)


def drop_query(document: Document, path: str, name: str) -> None:
    document["paths"][path]["get"]["parameters"].remove(query(document, path, name))


def rename(mapping: dict[str, Any], old: str, new: str) -> None:
    mapping[new] = mapping.pop(old)


def rename_schema(document: Document, old: str, new: str) -> None:
    rename(document["components"]["schemas"], old, new)
    _point(document, f"#/components/schemas/{old}", f"#/components/schemas/{new}")


def _point(node: Any, old: str, new: str) -> None:
    if isinstance(node, dict):
        if node.get("$ref") == old:
            node["$ref"] = new
        for value in node.values():
            _point(value, old, new)
    elif isinstance(node, list):
        for item in node:
            _point(item, old, new)


def rename_path_parameter(document: Document, old: str, new: str) -> None:
    document["components"]["parameters"][old]["name"] = new
    for path in list(document["paths"]):
        if f"{{{old}}}" in path:
            rename(document["paths"], path, path.replace(f"{{{old}}}", f"{{{new}}}"))


def operation(name: str, result: dict[str, Any], *parameters: str) -> dict[str, Any]:
    """A path with an operation that reads."""
    envelope = {"$ref": "#/components/schemas/Envelope"}
    answer = {"allOf": [envelope, {"type": "object", "required": ["result"], "properties": {"result": result}}]}
    return {
        "parameters": [{"$ref": "#/components/parameters/account_id"}],
        "get": {
            "operationId": name,
            "tags": ["images"],
            "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in parameters],
            "responses": {"200": {"description": "All.", "content": {"application/json": {"schema": answer}}}},
        },
    }


def add_operation(document: Document, path: str, name: str, result: dict[str, Any], *parameters: str) -> None:
    document["paths"][path] = operation(name, result, *parameters)


@attrs.define
class Filters:
    """What openapi.yaml says of metadata filters: found by trying, and written anew."""

    operators: dict[str, set[str]]
    """The types of each; the empty text where it may be without one."""
    levels: int
    length: int
    values: int
    characters: str

    @classmethod
    def of(cls, filters: Schema) -> "Filters":
        valid = jsonschema.Draft202012Validator(filters).is_valid

        def most(condition: Callable[[int], tuple[str, str]]) -> int:
            return max(n for n in range(1, 300) if valid(dict([condition(n)])))

        words = {*re.findall(r"[A-Za-z][\w-]*", filters["propertyNames"]["pattern"]), ""}
        operators = {
            word: {t for t in words if valid({f"meta.a[{word}{t and ':'}{t}]": "1"})} for word in sorted(words - {""})
        }
        operators = {word: types for word, types in operators.items() if types}
        first = next(f"{word}:{sorted(types)[-1]}".rstrip(":") for word, types in operators.items() if word != "in")
        return cls(
            operators,
            most(lambda n: (f"meta.{'.'.join('a' * n)}[{first}]", "1")),
            most(lambda n: (f"meta.{'a' * n}[{first}]", "1")),
            most(lambda n: ("meta.a[in]", "|".join("1" * n))),
            "".join(c for c in string.printable if c not in ".[" and valid({f"meta.{c}[{first}]": "1"})),
        )

    def write(self, filters: dict[str, Any]) -> None:
        name = f"[{re.escape(self.characters)}]+"
        operators = "|".join(
            f"{operator}(:({'|'.join(sorted(types - {''}))})){'?' if '' in types else ''}" if types - {""} else operator
            for operator, types in self.operators.items()
        )
        names = rf"^meta\.(?=[^\[]{{1,{self.length}}}\[){name}(\.{name}){{0,{self.levels - 1}}}\[({operators})\]$"
        filters["propertyNames"] = {"pattern": names}
        one = {"type": "string", "pattern": rf"^[^|]+(\|[^|]+){{0,{self.values - 1}}}$"}
        filters["patternProperties"] = {r"\[in(:[a-z]+)?\]$": one}


def filters(document: Document, change: Callable[[Filters], object]) -> None:
    """Change what is said of metadata filters."""
    found = Filters.of(schema(document, "MetadataFilters"))
    change(found)
    found.write(schema(document, "MetadataFilters"))


def reverse_order(document: Document) -> None:
    """Turn the order of all properties and parameters that are not in a path round; it says nothing."""
    for found in document["components"]["schemas"].values():
        for part in (found, *found.get("allOf", ())):
            if "properties" in part:
                part["properties"] = dict(reversed(part["properties"].items()))
    for item in document["paths"].values():
        for method in item.values():
            if isinstance(method, dict) and "parameters" in method:
                method["parameters"].reverse()


def added_to_list(mapping: dict[str, Any], name: str, value: str) -> None:
    mapping[name] = [*mapping.get(name, []), value]


TEXT = {"type": "string"}
ALBUMS = {
    "type": "object",
    "properties": {
        "albums": {"type": "array", "items": {"type": "object", "properties": {"name": TEXT}}},
        "continuation_token": {"type": ["string", "null"]},
    },
}

MUTATIONS = [
    # What can be sent
    Mutation(
        "new query parameter",
        lambda d: add_query(d, V2, "invented"),
        reported={
            "the_sandbox_heeds_every_input": "ignores invented of list_images_v2",
            "every_input_is_offered": "list_images_v2 invented can be sent",
        },
    ),
    Mutation(
        "new query parameter that is written as JSON",
        lambda d: d["paths"][V2]["get"]["parameters"].append(
            {"name": "invented", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
        ),
        reported={
            "the_sandbox_heeds_every_input": "ignores invented of list_images_v2",
            "every_input_is_offered": "list_images_v2 invented can be sent",
        },
    ),
    Mutation(
        "new query parameter that is required",
        lambda d: add_query(d, V2, "invented", required=True),
        reported={"every_call_works": "'invented'"},
    ),
    Mutation(
        "new header parameter",
        lambda d: add_query(d, V1, "X-Region", **{"in": "header"}),
        reported={
            "the_sandbox_heeds_every_input": "ignores X-Region of list_images_v1",
            "every_input_is_offered": "list_images_v1 X-Region",
        },
    ),
    Mutation(
        "newly required query parameter",
        lambda d: query(d, V2, "creator").update(required=True),
        reported={
            "every_call_works": "missing 1 required keyword-only argument: 'creator'",
            "the_sandbox_heeds_every_input": "the sandbox ignores creator of list_images_v2",
        },
    ),
    Mutation(
        "removed query parameter",
        lambda d: drop_query(d, V1, "per_page"),
        reported={"every_call_works": "'per_page'"},
    ),
    Mutation(
        "renamed query parameter",
        lambda d: query(d, V2, "sort_order").update(name="order"),
        reported={"every_call_works": "'sort_order'"},
    ),
    Mutation(
        "new enum value of a parameter",
        lambda d: added_to_list(query(d, V2, "sort_order")["schema"], "enum", "random"),
        reported={"every_input_is_offered": "sort_order can be 'random'"},
    ),
    Mutation(
        "removed enum value of a parameter",
        lambda d: query(d, V2, "sort_order")["schema"].update(enum=["desc"]),
        reported={"every_request_is_as_described": "sort_order: 'asc' is not one of"},
    ),
    Mutation(
        "changed type of a parameter",
        lambda d: query(d, V2, "per_page").update(schema={"type": "boolean"}),
        reported={"every_request_is_as_described": "per_page: 1000 is not of type 'boolean'"},
    ),
    Mutation(
        "changed type of a parameter that looks the same in a query",
        lambda d: query(d, V2, "per_page").update(schema=TEXT),
        absorbed="api/images/list_images_v2.py: per_page: str | Unset",
    ),
    Mutation(
        "lower maximum than the default",
        lambda d: query(d, V2, "per_page")["schema"].update(maximum=500),
        reported={
            "every_request_is_as_described": "per_page: 1000 is greater than the maximum of 500",
            "every_limit_is_held": "list: per_page allows 501",
        },
    ),
    Mutation(
        "lower maximum that nobody meets",
        lambda d: query(d, V2, "per_page")["schema"].update(maximum=1000),
        reported={"every_limit_is_held": "list: per_page allows 1001"},
    ),
    Mutation(
        "deprecated parameter",
        lambda d: query(d, V2, "creator").update(deprecated=True),
        reported={"every_deprecation_is_told": "list_images_v2 creator is deprecated"},
    ),
    Mutation(
        "renamed path parameter",
        lambda d: rename_path_parameter(d, "image_id", "identifier"),
        absorbed="api/images/get_image.py: identifier=quote(str(identifier)",
    ),
    Mutation(
        "longer names allowed",
        lambda d: d["paths"][f"{V1}/keys/{{signing_key_name}}"]["parameters"][1]["schema"].update(maxLength=64),
        reported={"every_limit_is_held": "name refuses 64, but create_signing_key signing_key_name has maxLength 64"},
    ),
    Mutation(
        "only shorter names allowed",
        lambda d: d["paths"][f"{V1}/variants/{{variant_id}}"]["parameters"][1]["schema"].update(maxLength=50),
        reported={"every_limit_is_held": "name allows 51, but get_variant variant_id has maxLength 50"},
    ),
    Mutation(
        "only some characters allowed",
        lambda d: query(d, V2, "creator")["schema"].update(pattern="^[a-z]+$"),
        reported={"every_limit_is_held": "creator allows A, but list_images_v2 creator has pattern ^[a-z]+$"},
    ),
    Mutation(
        "another end of numbers",
        lambda d: query(d, V2, "per_page")["schema"].update(exclusiveMaximum=5000),
        reported={"every_limit_is_held": "per_page allows 5000, but list_images_v2 per_page has exclusiveMaximum 5000"},
    ),
    Mutation(
        "new field of a form",
        lambda d: properties(d, "ImageUpload").update(inventedText=TEXT),
        reported={
            "the_sandbox_heeds_every_input": "ignores inventedText of upload_image",
            "every_input_is_offered": "upload_image inventedText",
        },
    ),
    Mutation(
        "newly required field of a form",
        lambda d: schema(d, "ImageUpload").update(required=["creator"]),
        reported={"every_call_works": "'creator'"},
    ),
    Mutation(
        "new required field of a body, deep inside",
        lambda d: (
            properties(d, "VariantOptions").update(invented={"type": "integer"}),
            added_to_list(schema(d, "VariantOptions"), "required", "invented"),
        ),
        reported={
            "every_call_works": "'invented'",
            "every_field_is_read": "get_variant answers result.variant.options.invented",
        },
    ),
    Mutation(
        "renamed field of a form",
        lambda d: rename(properties(d, "DirectUploadRequest"), "expiry", "expiresAfter"),
        reported={"every_call_works": "'expiry'", "every_input_is_offered": "create_direct_upload expiresAfter"},
    ),
    Mutation(
        "removed field of a body",
        lambda d: properties(d, "ImageEdit").pop("creator"),
        reported={"every_call_works": "'creator'"},
    ),
    Mutation(
        "changed type of a field of a body",
        lambda d: properties(d, "ImageEdit").update(creator={"type": "integer"}),
        reported={"every_request_is_as_described": "creator: 'someone' is not of type 'integer'"},
    ),
    Mutation(
        "texts become an enumeration with a value more",
        lambda d: properties(d, "VariantOptions")["fit"].update(
            enum=["scale-down", "contain", "cover", "crop", "pad", "squeeze"]
        ),
        reported={
            "every_input_is_offered": "create_variant options.fit can be 'squeeze'",
            "every_answer_is_read": "get_variant answers result.variant.options.fit as an enumeration",
        },
    ),
    Mutation(
        "a body that may be sent with a deletion",
        lambda d: d["paths"][IMAGE]["delete"].update(
            requestBody={"content": {"application/json": {"schema": {"type": "object", "properties": {"why": TEXT}}}}}
        ),
        reported={
            "the_sandbox_heeds_every_input": "ignores why of delete_image",
            "every_input_is_offered": "delete_image why can be sent",
        },
    ),
    Mutation(
        "a field that is sent is only given",
        lambda d: properties(d, "ImageEdit")["creator"].update(readOnly=True),
        reported={"every_request_is_as_described": "sends to edit_image what is not described: creator is readOnly"},
    ),
    Mutation(
        "a default of what is sent",
        lambda d: properties(d, "ImageEdit")["requireSignedURLs"].update(default=False),
        reported={"no_default_is_described": "edit_image requireSignedURLs has the default False"},
    ),
    Mutation(
        "a default of a parameter",
        lambda d: query(d, V2, "sort_order")["schema"].update(default="desc"),
        reported={"no_default_is_described": "list_images_v2 sort_order has the default 'desc'"},
    ),
    Mutation(
        "a filter that cannot be empty any more",
        lambda d: query(d, V2, "creator")["schema"].update(minLength=1),
        reported={"every_limit_is_held": "creator allows 0, but list_images_v2 creator has minLength 1"},
    ),
    Mutation(
        "a text becomes a time",
        lambda d: properties(d, "DirectUploadRequest")["expiry"].update(format="date-time"),
        reported={"every_call_works": "at create_direct_upload: AttributeError"},
    ),
    Mutation(
        "a second content type",
        lambda d: d["paths"][IMAGE]["patch"]["requestBody"]["content"].update(
            {"multipart/form-data": {"schema": {"type": "object", "properties": {"creator": TEXT}}}}
        ),
        reported={"every_call_works": "edit_image has several content types: application/json, multipart/form-data"},
    ),
    # Filters
    Mutation(
        "another style of filters",
        lambda d: query(d, V2, "meta").update(style="deepObject"),
        reported={"every_request_is_as_described": "list_images_v2 what is not described: meta is written otherwise"},
    ),
    Mutation(
        "no filters any more",
        lambda d: drop_query(d, V2, "meta"),
        reported={"every_call_works": "list(meta, creator, sort_order, per_page) fails: TypeError"},
    ),
    Mutation(
        "any name of a filter",
        lambda d: schema(d, "MetadataFilters").pop("propertyNames"),
        reported={
            "every_input_is_offered": "list_images_v2 meta can be sent",
            "every_request_is_as_described": "meta.status[eq:string] is no parameter",
            "every_filter_is_as_described": "offers the operator [eq:string], which is not described",
        },
    ),
    Mutation(
        "no limit of conditions",
        lambda d: schema(d, "MetadataFilters").pop("maxProperties"),
        reported={"every_filter_is_as_described": "conditions in a request, and no limit is described"},
    ),
    Mutation(
        "new operator",
        lambda d: filters(d, lambda f: f.operators.update({"not-yetInvented": {"", "string", "number"}})),
        reported={
            "the_sandbox_heeds_every_input": "does not know the operator [not-yetInvented:string] of list_images_v2",
            "every_filter_is_as_described": "does not offer the operator [not-yetInvented:string]",
        },
    ),
    Mutation(
        "new operator without types",
        lambda d: filters(d, lambda f: f.operators.update(invented={""})),
        reported={
            "the_sandbox_heeds_every_input": "does not know the operator [invented]",
            "every_filter_is_as_described": "does not offer the operator [invented]",
        },
    ),
    Mutation(
        "removed operator",
        lambda d: filters(d, lambda f: f.operators.pop("gte")),
        reported={"every_filter_is_as_described": "offers the operator [gte:number], which is not described"},
    ),
    Mutation(
        "new type of an operator",
        lambda d: filters(d, lambda f: f.operators["gt"].add("date")),
        reported={
            "the_sandbox_heeds_every_input": "does not know the operator [gt:date]",
            "every_filter_is_as_described": "does not offer the operator [gt:date]",
        },
    ),
    Mutation(
        "more conditions",
        lambda d: schema(d, "MetadataFilters").update(maxProperties=10),
        reported={
            "every_filter_is_as_described": "the façade does not send 10 conditions in a request, which are described"
        },
    ),
    Mutation(
        "more values of an operator",
        lambda d: filters(d, lambda f: setattr(f, "values", 50)),
        reported={"every_filter_is_as_described": "does not send 50 texts in `in` in a request"},
    ),
    Mutation(
        "fewer levels",
        lambda d: filters(d, lambda f: setattr(f, "levels", 3)),
        reported={"every_filter_is_as_described": "sends 4 levels in a request, described are at most 3"},
    ),
    Mutation(
        "another character in field names",
        lambda d: filters(d, lambda f: setattr(f, "characters", f.characters + "-")),
        reported={"every_filter_is_as_described": "whether a field may have -"},
    ),
    # Operations
    Mutation(
        "removed operation",
        lambda d: d["paths"].pop(f"{V1}/stats"),
        reported={"takes_only_what_is_generated": "client.py takes get_stats"},
    ),
    Mutation(
        "new operation",
        lambda d: add_operation(d, f"{V2}/folders", "list_folders", {"type": "array", "items": TEXT}),
        reported={
            "every_operation_is_wrapped": "operation list_folders is called by no method of AsyncCloudflareImages"
        },
    ),
    Mutation(
        "new operation that only asks for headers",
        lambda d: d["paths"][IMAGE].update(
            head={"operationId": "has_image", "tags": ["images"], "responses": {"200": {"description": "It is there."}}}
        ),
        reported={"every_operation_is_wrapped": "operation has_image is called by no method of CloudflareImages"},
    ),
    Mutation(
        "new operation beside images",
        lambda d: add_operation(d, f"{V1}/folders", "list_folders", {"type": "array", "items": TEXT}),
        reported={
            "every_operation_is_wrapped": "list_folders",
            "every_neighbour_is_known": "would look for an image 'folders'",
        },
    ),
    Mutation(
        "new listing with a token",
        lambda d: add_operation(d, f"{V2}/albums", "list_albums", ALBUMS, "continuation_token"),
        reported={
            "every_operation_is_wrapped": "list_albums",
            "every_listing_has_a_pager": "list_albums has continuation_token, result.continuation_token",
        },
    ),
    Mutation(
        "a listing gets a token",
        lambda d: (
            add_query(d, f"{V1}/variants", "cursor"),
            properties(d, "VariantsResult").update(next_cursor={"type": ["string", "null"]}),
        ),
        reported={
            "the_sandbox_heeds_every_input": "ignores cursor of list_variants",
            "every_input_is_offered": "list_variants cursor",
            "every_listing_has_a_pager": "list_variants has cursor, result.next_cursor",
            "every_field_is_read": "list_variants answers result.next_cursor",
        },
        unseen="next_cursor",
    ),
    Mutation(
        "renamed operation",
        lambda d: d["paths"][IMAGE]["get"].update(operationId="image_details"),
        reported={"takes_only_what_is_generated": "operations.py takes get_image from"},
    ),
    Mutation(
        "operation under another tag",
        lambda d: d["paths"][f"{V1}/keys"]["get"].update(tags=["keys"]),
        reported={"takes_only_what_is_generated": "keys.py takes list_signing_keys"},
    ),
    Mutation(
        "moved path",
        lambda d: rename(d["paths"], f"{V1}/stats", f"{V2}/stats"),
        reported={"pytest": "test_golden_request[stats-async]"},
    ),
    Mutation(
        "moved path of an operation that is called by hand",
        lambda d: rename(d["paths"], f"{IMAGE}/blob", f"{IMAGE}/original"),
        reported={
            "every_call_works": "download(image_id, to) sends GET /client/v4/accounts/acc/images/v1/logo/blob",
            "every_operation_is_wrapped": "get_image_blob",
        },
    ),
    Mutation(
        "a way to be let in less",
        lambda d: d.update(security=[{"api_token": []}]),
        reported={"the_credentials_are_as_described": "get_image cannot be called with x-auth-email + x-auth-key"},
    ),
    Mutation(
        "a way to be let in more",
        lambda d: (
            d["components"]["securitySchemes"].update(service={"type": "apiKey", "in": "header", "name": "X-Service"}),
            d["security"].append({"service": []}),
        ),
        reported={"the_credentials_are_as_described": "get_image can be called with x-service"},
    ),
    Mutation(
        "moved API",
        lambda d: d["servers"][0].update(url="https://api.cloudflare.com/client/v5"),
        reported={"the_address_is_as_described": "https://api.cloudflare.com/client/v5"},
    ),
    Mutation(
        "an operation that moved alone",
        lambda d: d["paths"][f"{V1}/keys"]["get"].update(servers=[{"url": "https://keys.example"}]),
        reported={"the_address_is_as_described": "a part of it, is at https://keys.example"},
    ),
    Mutation(
        "a path with a part more",
        lambda d: (
            rename(d["paths"], f"{V1}/stats", f"{V1}/stats/{{year}}"),
            d["paths"][f"{V1}/stats/{{year}}"]["parameters"].append(
                {"name": "year", "in": "path", "required": True, "schema": TEXT}
            ),
        ),
        reported={"every_call_works": "missing 1 required positional argument: 'year'"},
    ),
    Mutation(
        "deprecated operation",
        lambda d: d["paths"][f"{V1}/config"]["patch"].update(deprecated=True),
        reported={"every_deprecation_is_told": "edit_config is deprecated"},
    ),
    Mutation(
        "operation that is no longer deprecated",
        lambda d: d["paths"][V1]["get"].pop("deprecated"),
        reported={"every_deprecation_is_told": "list_images_v1 is not deprecated"},
    ),
    Mutation(
        "form becomes JSON",
        lambda d: rename(
            d["paths"][f"{V2}/direct_upload"]["post"]["requestBody"]["content"],
            "multipart/form-data",
            "application/json",
        ),
        reported={"the_sandbox_heeds_every_input": "the sandbox ignores all, it answers 4"},
    ),
    Mutation(
        "new status of success",
        lambda d: d["paths"][V1]["post"]["responses"].update({"202": d["paths"][V1]["post"]["responses"]["2XX"]}),
        absorbed="api/images/upload_image.py: response.status_code == 202",
    ),
    Mutation(
        "new status of failure",
        lambda d: d["paths"][V1]["post"]["responses"].update({"409": {"$ref": "#/components/responses/Failure"}}),
        absorbed="api/images/upload_image.py: response.status_code == 409",
    ),
    Mutation(
        "another content type of bytes",
        lambda d: rename(d["paths"][f"{IMAGE}/blob"]["get"]["responses"]["2XX"]["content"], "image/*", "image/png"),
        reported={"generator": "image/png"},
    ),
    # What is answered
    Mutation(
        "a field that is read is only sent",
        lambda d: properties(d, "Image")["creator"].update(writeOnly=True),
        reported={"every_field_is_read": "get_image never answers result.creator (it is writeOnly)"},
    ),
    Mutation(
        "another order of properties and parameters",
        lambda d: reverse_order(d),
        absorbed="models/image.py: class Image",
    ),
    Mutation(
        "a required text becomes a number",
        lambda d: properties(d, "DirectUpload").update(id={"type": "integer"}),
        reported={"every_call_works": "create_direct_upload answers result.id as int, and the call works with str"},
        yesterday="has another shape",
    ),
    Mutation(
        "new field of an answer",
        lambda d: properties(d, "Image").update(invented={"type": "integer"}),
        reported={"every_field_is_read": "list_images_v2 answers result.images[].invented"},
    ),
    Mutation(
        "new object in an answer",
        lambda d: properties(d, "Image").update(
            invented={"type": "object", "required": ["width"], "properties": {"width": {"type": "integer"}}}
        ),
        reported={"every_field_is_read": "get_image answers result.invented.width"},
    ),
    Mutation(
        "an object within itself in an answer",
        lambda d: properties(d, "Image").update(invented={"$ref": "#/components/schemas/Image"}),
        reported={"every_field_is_read": "get_image answers result.invented"},
    ),
    Mutation(
        "an object of one of two kinds in an answer",
        lambda d: properties(d, "Image").update(
            invented={
                "oneOf": [
                    {"title": "Square", "type": "object", "required": ["side"], "properties": {"side": TEXT}},
                    {"title": "Round", "type": "object", "required": ["radius"], "properties": {"radius": TEXT}},
                ]
            }
        ),
        reported={"every_field_is_read": "get_image answers result.invented.radius"},
    ),
    Mutation(
        "new id in an answer",
        lambda d: properties(d, "Image").update(invented={"type": "string", "format": "uuid"}),
        reported={"every_field_is_read": "get_image answers result.invented"},
    ),
    Mutation(
        "a nullable field that is written otherwise",
        lambda d: properties(d, "Image").update(creator={"anyOf": [TEXT, {"type": "null"}]}),
        absorbed="models/image.py: creator: None | str | Unset",
    ),
    Mutation(
        "a field of another type beside its own",
        lambda d: properties(d, "Image").update(creator={"oneOf": [TEXT, {"type": "integer"}]}),
        reported={"every_field_is_read": "get_image answers creator, which get leaves in Image.extra"},
    ),
    Mutation(
        "an enumeration in an answer",
        lambda d: properties(d, "ImportSource")["vendor"].update(enum=["s3", "r2"]),
        reported={"every_answer_is_read": "get_import_source answers result.vendor as an enumeration"},
    ),
    Mutation(
        "a constant in an answer",
        lambda d: properties(d, "ImportSource").update(vendor={"const": "s3"}),
        reported={
            "every_field_is_read": "get_import_source answers result.vendor",
            "every_answer_is_read": "get_import_source answers result.vendor as an enumeration",
        },
    ),
    Mutation(
        "a result that may be null",
        lambda d: schema(d, "StatsResponse")["allOf"][1]["properties"].update(
            result={"oneOf": [{"$ref": "#/components/schemas/StatsResult"}, {"type": "null"}]}
        ),
        reported={"every_answer_is_read": "stats cannot read get_stats with result null"},
        yesterday="has another shape",
    ),
    Mutation(
        "new field of the envelope",
        lambda d: properties(d, "Envelope").update(
            invented={"type": "object", "properties": {"count": {"type": "integer"}}}
        ),
        reported={"every_field_is_read": "list_images_v1 answers invented.count"},
    ),
    Mutation(
        "removed field of an answer",
        lambda d: properties(d, "Image").pop("draft"),
        reported={"every_call_works": "'draft'"},
    ),
    Mutation(
        "renamed field of an answer",
        lambda d: rename(properties(d, "Image"), "filename", "name"),
        reported={"every_call_works": "'filename'"},
    ),
    Mutation(
        "renamed required field of an answer",
        lambda d: (
            rename(properties(d, "DirectUpload"), "uploadURL", "url"),
            schema(d, "DirectUpload").update(required=["id", "url"]),
        ),
        reported={"every_call_works": "upload_url"},
        yesterday="the response lacks 'uploadURL'",
    ),
    Mutation(
        "renamed list of a page",
        lambda d: (
            rename(properties(d, "ImageListV2"), "images", "items"),
            schema(d, "ImageListV2").update(required=["items"]),
        ),
        reported={"every_call_works": "'images'"},
        yesterday="the response lacks 'images'",
    ),
    Mutation(
        "a list that a page may be without",
        lambda d: schema(d, "ImageListV2").pop("required"),
        reported={"every_call_works": "fails at list_images_v2: TypeError: 'Unset' object is not iterable"},
        yesterday="the response lacks 'images'",
    ),
    Mutation(
        "renamed token of a page",
        lambda d: rename(properties(d, "ImageListV2"), "continuation_token", "next_token"),
        reported={"every_call_works": "'continuation_token'", "every_listing_has_a_pager": "result.next_token"},
    ),
    Mutation(
        "changed type of a count",
        lambda d: properties(d, "ImageCount").update(allowed=TEXT),
        reported={"every_call_works": "get_stats answers result.count.allowed as str, and the call works with int"},
        yesterday="of Usage is",
    ),
    Mutation(
        "a number where an integer was",
        lambda d: properties(d, "ImageCount").update(current={"type": "number"}),
        reported={"every_call_works": "get_stats answers result.count.current as float, and the call works with int"},
        yesterday="of Usage is",
    ),
    Mutation(
        "changed type of an optional field",
        lambda d: properties(d, "Image").update(filename={"type": "integer"}),
        reported={"every_field_is_read": "get_image answers filename, which get leaves in Image.extra"},
    ),
    Mutation(
        "objects where texts were",
        lambda d: properties(d, "Image")["variants"].update(
            items={"type": "object", "properties": {"name": TEXT, "url": TEXT}}
        ),
        reported={"every_answer_is_read": "Image.variants"},
    ),
    Mutation(
        "another format of a time",
        lambda d: properties(d, "Image").update(uploaded={"type": "integer", "description": "Seconds."}),
        reported={"every_field_is_read": "get_image answers uploaded, which get leaves in Image.extra"},
    ),
    Mutation(
        "a field that may be null now",
        lambda d: properties(d, "ImageCount")["current"].update(type=["integer", "null"]),
        reported={"every_answer_is_read": "stats cannot read get_stats with result.count.current null"},
        yesterday="of Usage is",
    ),
    Mutation(
        "a required field that may be absent now",
        lambda d: schema(d, "DirectUpload").update(required=["id"]),
        reported={
            "every_answer_is_read": "direct_upload cannot read create_direct_upload with result.uploadURL absent"
        },
        yesterday="the response lacks 'uploadURL'",
    ),
    Mutation(
        "an optional field that is required now",
        lambda d: schema(d, "Image").update(required=["id"]),
        reported={"every_answer_is_read": "NEEDED lists result.id absent"},
    ),
    Mutation(
        "a format less",
        lambda d: properties(d, "Image")["variants"]["items"].pop("format"),
        absorbed="models/image.py: variants: list[str]",
    ),
    # What only the generated package shows
    Mutation(
        "renamed schema",
        lambda d: rename_schema(d, "ImageResponse", "ImageDetailsResponse"),
        reported={"takes_only_what_is_generated": "client.py takes ImageResponse from cfimages_api.models"},
    ),
    Mutation(
        "renamed schema that the façade does not name",
        lambda d: rename_schema(d, "StatsResult", "Statistics"),
        absorbed="models/statistics.py: class Statistics",
    ),
    Mutation(
        "contradiction",
        lambda d: schema(d, "ImageResponse")["allOf"][1]["properties"].update(success=TEXT),
        reported={"generator": "ImageResponse"},
        yesterday="the response is JSON, but not the API's envelope",
    ),
]
