"""Python's gql: HTTP by aiohttp, subscriptions by websockets."""

import asyncio
import json
import os

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

url, key = os.environ["URL"], os.environ["KEY"]
ORGANIZATION_ID = os.environ["ORGANIZATION_ID"]
OPERATIONS = json.loads(os.environ["OPERATIONS"])

# As the README has it.
headers = {"Authorization": f"Bearer {key}"}
http = AIOHTTPTransport(url=url, headers=headers)
socket = WebsocketsTransport(url=url.replace("http", "ws", 1), init_payload=headers)


def ask(name, **variables):
    request = gql(OPERATIONS[name])
    request.variable_values = variables
    return request


async def first_notice(session, after):
    request = ask("watch", organizationId=ORGANIZATION_ID, after=after)
    async for result in session.subscribe(request):
        return result["deliveryAttempts"]["attempt"]


async def main():
    async with (
        Client(transport=http, fetch_schema_from_transport=True) as session,
        Client(transport=socket) as watching,
    ):
        organization = (
            await session.execute(ask("organization", id=ORGANIZATION_ID))
        )["organization"]
        noticed = asyncio.create_task(
            first_notice(watching, organization.pop("streamCursor"))
        )
        payload = {"total": 19.99, "price": 10.5, "big": 12345678901234567890}
        published = await session.execute(
            ask("publish", organizationId=ORGANIZATION_ID, payload=payload)
        )
        try:
            two = await session.execute(
                ask("twoMutations", organizationId=ORGANIZATION_ID)
            )
        except TransportQueryError as error:
            codes = [fault["extensions"]["code"] for fault in error.errors]
            two = {"data": error.data, "codes": codes}
        large = await session.execute(ask("large", id=ORGANIZATION_ID))
        print(
            json.dumps(
                {
                    "organization": organization,
                    "published": published["publishEvent"]["event"],
                    "attempt": await noticed,
                    "two": two,
                    "large": large["organization"]["id"],
                }
            )
        )


asyncio.run(main())
