// A webhook receiver: verifies each delivery and prints it.
//
//   node examples/receiver.mjs whsec_…        PORT=9000 is the default
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [signingSecret] = process.argv.slice(2);
if (!signingSecret?.startsWith('whsec_')) {
  console.error('Expected the signing secret of a webhook: node examples/receiver.mjs whsec_…');
  process.exit(2);
}
const webhook = new Webhook(signingSecret);
const seen = new Set();

const server = createServer((request, response) => {
  void receive(request, response);
});

async function receive(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();

  let event;
  try {
    // The body exactly as it came: parsed and written anew, it would not fit the signature.
    event = webhook.verify(body, request.headers);
  } catch (error) {
    console.log(`✘ refused: ${error.message}`);
    return response.writeHead(400).end();
  }
  // A delivery may come twice. It has the same id each time, so the second one can be dropped.
  const id = request.headers['webhook-id'];
  console.log(`✔ ${seen.has(id) ? 'again' : event.type}  ${JSON.stringify(event.data)}`);
  seen.add(id);
  response.writeHead(204).end();
}

server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
