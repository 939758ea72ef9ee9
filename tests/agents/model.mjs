#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// usage: model.mjs [--port N] [--port-file FILE] [--log FILE] [--word-ms N] [--think-ms N]
//
// Stands in for the models of coding agents: their own programs talk to it over HTTP, on loopback only.
// It understands the streaming interfaces of
//
//	Anthropic Messages	POST /v1/messages, /v1/messages/count_tokens
//	OpenAI Responses	POST /v1/responses
//	OpenAI Chat		POST /v1/chat/completions
//	Gemini			POST /v1beta/models/NAME:generateContent, :streamGenerateContent, :countTokens
//
// and answers GET /v1/models and GET /healthz. What the model does is said in the prompt: the last word
// "script:NAME" in what the user wrote picks a row of `scripts` below. Words behind it set what it works
// with: n=3, file=PATH, cmd=... and text=... (the rest of the line; \n in a text is a new line), sub=NAME (the
// script of a subagent).
// How far it has come is read from the request: each result of a tool since that prompt is one step.
// So nothing is kept between requests, and any number of agents may share one server.
//
// --log FILE gets a line of JSON for each request: t (ms), api, model, script, step, tools (their names),
// user (all that the user wrote last), calls (the tools that it calls). A conversation that is aside, such
// as the one that makes a title, has no tools: a prompt arrived as often as there are lines with its text
// in `user`, step 0 and tools.
import { createServer } from 'node:http';
import { appendFileSync, writeFileSync, renameSync } from 'node:fs';

const options = { port: '0', 'port-file': '', log: '', 'word-ms': '15', 'think-ms': '300' };
for (let i = 2; i < process.argv.length; i += 2) {
	const name = process.argv[i].replace(/^--/, '');
	if (!(name in options) || process.argv[i + 1] === undefined) {
		console.error(`model.mjs: what is ${process.argv[i]}?`);
		process.exit(2);
	}
	options[name] = process.argv[i + 1];
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const note = (what) => options.log && appendFileSync(options.log, JSON.stringify({ t: Date.now(), ...what }) + '\n');
let made = 0;
const fresh = (kind) => `${kind}_${process.pid.toString(36)}x${(made += 1).toString(36)}`;

// --- scripts ---

// A script is a list of steps. A step says something and may use a tool: write (a file), run (a command),
// ask (the operator) or task (a subagent); a list of commands or tasks is called at once. A step with
// `status` fails the request.
const verse = ['north', 'wind', 'over', 'the', 'harbour', 'lifts', 'a', 'loose', 'sail'];
const scripts = {
	say: (o) => [{ say: o.text ?? 'Hello, I am a script.' }],
	edit: (o) => [
		{ say: 'A file is needed.', write: { path: o.file ?? 'hello.txt', text: 'written by a script\n' } },
		{ say: `Finished: ${o.file ?? 'hello.txt'} is written.` },
	],
	run: (o) => [{ say: 'A command is needed.', run: o.cmd ?? 'echo ran > ran.txt' }, { say: 'Finished: it ran.' }],
	both: (o) => [
		{ say: 'A file, to begin with.', write: { path: o.file ?? 'hello.txt', text: 'written by a script\n' } },
		{ say: 'Then a command.', run: o.cmd ?? 'git status --short' },
		{ say: 'Finished: both.' },
	],
	pair: () => [{ say: 'Two commands at once.', run: ['mkdir one', 'mkdir two'] }, { say: 'Finished: both.' }],
	many: (o) => {
		const steps = [];
		for (let i = 1; i <= (o.n ?? 5); i += 1) steps.push({ say: `Number ${i}.`, run: `echo ${i} >> many.txt` });
		return [...steps, { say: 'Finished: all of them.' }];
	},
	slow: (o) => {
		let text = '';
		for (let i = 0; i < (o.n ?? 200); i += 1) text += verse[i % verse.length] + (i % 10 === 9 ? '\n' : ' ');
		return [{ say: text }];
	},
	wait: (o) => [{ say: 'I sleep.', run: `sleep ${o.n ?? 10}` }, { say: 'Finished: awake.' }],
	ask: () => [
		{ say: 'This is for you to decide.', ask: { question: 'Which colour?', answers: ['Red', 'Blue'] } },
		{ say: 'Finished: decided.' },
	],
	subagent: (o) => [{ say: 'Somebody else can do this.', task: `script:${o.sub ?? 'say'}` }, { say: 'Finished: it was done.' }],
	crowd: () => [{ say: 'Two can do this.', task: ['script:run cmd=mkdir one', 'script:run cmd=mkdir two'] }, { say: 'Finished: they did.' }],
	fail: () => [{ status: 500 }],
	overload: () => [{ status: 529 }],
	limit: (o) => [{ status: 429, seconds: o.n ?? 3600 }],
};

function options_of(words) {
	const value = (re) => re.exec(words)?.[1];
	const n = value(/\bn=(\d+)/);
	return {
		n: n === undefined ? undefined : Number(n),
		file: value(/\bfile=(\S+)/),
		cmd: value(/\bcmd=([^\n]+)/),
		sub: value(/\bsub=([a-z]+)/),
		text: value(/\btext=([^\n]+)/)?.replaceAll('\\n', '\n'),
	};
}

// What comes next in a talk: {turns: [{by: 'user' | 'model' | 'tool', text}], tools: [{name, schema}], raw}.
function next_step(talk) {
	let script = '', begin = -1, words = '', user = '';
	talk.turns.forEach((turn, i) => {
		if (turn.by !== 'user') return;
		user = turn.text;
		for (const found of turn.text.matchAll(/\bscript:([a-z]+)\b/g)) {
			if (!Object.hasOwn(scripts, found[1])) continue;
			[script, begin, words] = [found[1], i, turn.text.slice(found.index)];
		}
	});
	const steps = script ? scripts[script](options_of(words)) : [{ say: 'What shall I do?' }];
	let at = 0;
	let results = talk.turns.slice(begin + 1).filter((turn) => turn.by === 'tool').length;
	for (; at < steps.length - 1 && results >= parts_of(steps[at]).length; at += 1) results -= parts_of(steps[at]).length;
	const step = talk.tools.length ? steps[at] : { say: 'A title by a script' };
	const calls = parts_of(step).map((part) => call_of(part, talk)).filter(Boolean);
	return { script, at, user, step, calls };
}

// The calls of a step, one by one.
function parts_of(step) {
	for (const use of ['run', 'task']) if (Array.isArray(step[use])) return step[use].map((one) => ({ ...step, [use]: one }));
	return [step];
}

// --- tools: each agent has names of its own for the same things ---

const names = {
	write: ['Write', 'write', 'write_file', 'create', 'apply_patch'],
	run: ['Bash', 'bash', 'shell', 'exec_command', 'shell_command', 'run_shell_command'],
	ask: ['AskUserQuestion', 'question', 'ask_user', 'request_user_input'],
	task: ['Agent', 'Task', 'task', 'invoke_agent', 'agent'],
};

function call_of(step, talk) {
	const use = Object.keys(names).find((name) => step[name]);
	const tool = use && names[use].map((name) => talk.tools.find((t) => t.name === name)).find(Boolean);
	if (!tool) return undefined;
	const known = JSON.stringify(tool.schema ?? {});
	const takes = (...keys) => keys.find((key) => known.includes(`"${key}"`));
	const input = {};
	if (use === 'write') {
		const { path, text } = step.write;
		if (tool.name === 'apply_patch') {
			const patch = `*** Begin Patch\n*** Add File: ${path}\n${text.replace(/^(?!$)/gm, '+')}*** End Patch\n`;
			return tool.custom ? { name: tool.name, words: patch } : { name: tool.name, input: { input: patch } };
		}
		// Most want a whole path; where they work is in what they say about themselves.
		const place = /(?:working directory|working in the directory|<cwd>|"cwd")(?: is)?["\\]*:? *["\\]*(\/[\w.\/-]+)/i.exec(talk.raw);
		input[takes('file_path', 'filePath') ?? 'path'] = path.startsWith('/') || !place ? path : `${place[1]}/${path}`;
		input[takes('file_text') ?? 'content'] = text;
	} else if (use === 'run') {
		if (tool.name === 'shell') input.command = ['sh', '-c', step.run];
		else input[takes('command') ?? 'cmd'] = step.run;
		if (takes('description')) input.description = 'What the script says';
		if (takes('sandbox_permissions')) {
			input.sandbox_permissions = 'require_escalated';
			input.justification = 'May the script run this?';
		}
	} else if (use === 'ask') {
		const { question, answers } = step.ask;
		const one = { question, header: 'Colour', options: answers.map((label) => ({ label, description: `It will be ${label}` })) };
		if (takes('questions')) {
			if (takes('multiSelect')) one.multiSelect = false;
			if (takes('id')) one.id = 'colour';
			if (takes('type')) one.type = 'choice';
			input.questions = [one];
		} else {
			input.question = question;
			input.choices = answers;
		}
	} else {
		if (takes('description')) input.description = 'A part of it';
		if (takes('prompt')) input.prompt = step.task;
		if (takes('agent_name')) input.agent_name = 'generalist';
		if (takes('subagent_type')) input.subagent_type = known.includes('general-purpose') || tool.name !== 'task' ? 'general-purpose' : 'general';
	}
	return { name: tool.name, input };
}

// --- the wire ---

function answer(res, status, body, headers = {}) {
	res.writeHead(status, { 'content-type': 'application/json', ...headers });
	res.end(JSON.stringify(body));
}

// A stream of events: send(data) or send(data, NAME).
async function stream(res) {
	res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
	await pause(Number(options['think-ms']));
	return (data, name) => res.write(`${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`);
}

async function word_by_word(res, text, send) {
	for (const word of text.split(/(?<=\s)(?=\S)/)) {
		if (res.destroyed) return;
		send(word);
		await pause(Number(options['word-ms']));
	}
}

const text_of = (content) => {
	if (typeof content === 'string') return content;
	return (Array.isArray(content) ? content : []).map((part) => part.text ?? '').filter(Boolean).join('\n');
};
const why = 'a script says so';

// Each interface: talk(body) reads a request, refuse(step) is the body of an error and its headers,
// reply(res, next, body) answers.
const anthropic = {
	talk(body) {
		const turns = [];
		for (const message of body.messages ?? []) {
			const parts = Array.isArray(message.content) ? message.content : [{ type: 'text', text: message.content }];
			const results = parts.filter((part) => part.type === 'tool_result');
			for (const result of results) turns.push({ by: 'tool', text: text_of(result.content) });
			// A prompt after a turn that was broken off comes together with its results; beside results that
			// the model waits for stand reminders.
			const own = parts.filter((part) => !results.length || !/^\s*(<|\[Request interrupted)/.test(part.text ?? '<'));
			if (own.length) turns.push({ by: message.role === 'user' ? 'user' : 'model', text: text_of(own) });
		}
		return { turns, tools: (body.tools ?? []).map((tool) => ({ name: tool.name, schema: tool.input_schema })) };
	},
	refuse(step) {
		const type = { 429: 'rate_limit_error', 529: 'overloaded_error' }[step.status] ?? 'api_error';
		const message = step.status === 429 ? "This request would exceed your account's rate limit. Please try again later." : why;
		const reset = Math.floor(Date.now() / 1000) + (step.seconds ?? 0);
		// How a subscription says that it is used up.
		const headers = step.status !== 429 ? {} : {
			'anthropic-ratelimit-unified-status': 'rejected',
			'anthropic-ratelimit-unified-reset': `${reset}`,
			'anthropic-ratelimit-unified-representative-claim': 'five_hour',
			'anthropic-ratelimit-unified-5h-status': 'rejected',
			'anthropic-ratelimit-unified-5h-reset': `${reset}`,
			'anthropic-ratelimit-unified-5h-utilization': '1',
			'anthropic-ratelimit-unified-fallback': '',
			'retry-after': `${step.seconds}`,
			'x-should-retry': 'false',
		};
		return [{ type: 'error', error: { type, message }, request_id: fresh('req') }, headers];
	},
	async reply(res, { step, calls }, body) {
		const usage = { input_tokens: 100, output_tokens: 20, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
		const message = { id: fresh('msg'), type: 'message', role: 'assistant', model: body.model, content: [], stop_reason: null, stop_sequence: null, usage };
		const blocks = [{ type: 'text', text: step.say }];
		for (const call of calls) blocks.push({ type: 'tool_use', id: fresh('toolu'), name: call.name, input: call.input });
		const stop_reason = calls.length ? 'tool_use' : 'end_turn';
		if (!body.stream) return answer(res, 200, { ...message, content: blocks, stop_reason });
		const send = await stream(res);
		const event = (type, data = {}) => send({ type, ...data }, type);
		event('message_start', { message });
		event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
		await word_by_word(res, step.say, (text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }));
		event('content_block_stop', { index: 0 });
		for (let index = 1; index < blocks.length; index += 1) {
			const partial_json = JSON.stringify(blocks[index].input);
			event('content_block_start', { index, content_block: { ...blocks[index], input: {} } });
			event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
			event('content_block_stop', { index });
		}
		event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 20 } });
		event('message_stop');
		return res.end();
	},
};

const openai_refuse = (step) => {
	const limit = step.status === 429;
	const error = limit
		? { type: 'usage_limit_reached', code: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: 'plus', resets_in_seconds: step.seconds, resets_at: Math.floor(Date.now() / 1000) + step.seconds }
		: { type: 'server_error', code: null, message: why };
	return [{ error }, limit ? { 'retry-after': `${step.seconds}` } : {}];
};

const responses = {
	talk(body) {
		const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : (body.input ?? []);
		const turns = items.map((item) => {
			if ((item.type ?? '').endsWith('_call_output')) return { by: 'tool', text: text_of(item.output) };
			return { by: item.role === 'user' ? 'user' : 'model', text: text_of(item.content) };
		});
		const tools = (body.tools ?? []).flatMap((tool) => (tool.type === 'namespace' ? (tool.tools ?? []) : [tool]));
		return { turns, tools: tools.map((tool) => ({ name: tool.name ?? tool.type, schema: tool.parameters, custom: tool.type === 'custom' })) };
	},
	refuse: openai_refuse,
	async reply(res, { step, calls }, body) {
		const part = { type: 'output_text', text: step.say, annotations: [] };
		const output = [{ id: fresh('msg'), type: 'message', role: 'assistant', status: 'completed', content: [part] }];
		for (const call of calls) {
			if (call.words !== undefined) output.push({ id: fresh('ctc'), type: 'custom_tool_call', status: 'completed', call_id: fresh('call'), name: call.name, input: call.words });
			else output.push({ id: fresh('fc'), type: 'function_call', status: 'completed', call_id: fresh('call'), name: call.name, arguments: JSON.stringify(call.input) });
		}
		const usage = { input_tokens: 100, input_tokens_details: { cached_tokens: 0 }, output_tokens: 20, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 120 };
		const response = { id: fresh('resp'), object: 'response', created_at: Math.floor(Date.now() / 1000), model: body.model, output: [], status: 'in_progress' };
		const whole = { ...response, status: 'completed', output, usage };
		if (!body.stream) return answer(res, 200, whole);
		const send = await stream(res);
		let sequence_number = 0;
		const event = (type, data) => send({ type, sequence_number: sequence_number++, ...data }, type);
		event('response.created', { response });
		for (const [output_index, item] of output.entries()) {
			const at = { output_index, item_id: item.id };
			if (item.type === 'message') {
				event('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', content: [] } });
				event('response.content_part.added', { ...at, content_index: 0, part: { ...part, text: '' } });
				await word_by_word(res, step.say, (delta) => event('response.output_text.delta', { ...at, content_index: 0, delta }));
				event('response.output_text.done', { ...at, content_index: 0, text: step.say });
				event('response.content_part.done', { ...at, content_index: 0, part });
			} else if (item.type === 'function_call') {
				event('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', arguments: '' } });
				event('response.function_call_arguments.delta', { ...at, delta: item.arguments });
				event('response.function_call_arguments.done', { ...at, arguments: item.arguments });
			} else event('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', input: '' } });
			event('response.output_item.done', { output_index, item });
		}
		event('response.completed', { response: whole });
		return res.end();
	},
};

const chat = {
	talk(body) {
		const by = { user: 'user', tool: 'tool' };
		return {
			turns: (body.messages ?? []).map((message) => ({ by: by[message.role] ?? 'model', text: text_of(message.content) })),
			tools: (body.tools ?? []).map((tool) => ({ name: tool.function?.name, schema: tool.function?.parameters })),
		};
	},
	refuse: openai_refuse,
	async reply(res, { step, calls }, body) {
		const head = { id: fresh('chatcmpl'), created: Math.floor(Date.now() / 1000), model: body.model };
		const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
		const tool_calls = calls.map((call, index) => ({ index, id: fresh('call'), type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input) } }));
		const finish_reason = calls.length ? 'tool_calls' : 'stop';
		if (!body.stream) {
			const message = { role: 'assistant', content: step.say, ...(calls.length && { tool_calls }) };
			return answer(res, 200, { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage });
		}
		const send = await stream(res);
		const chunk = (delta, end = null) => send({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: end }], ...(end && { usage }) });
		chunk({ role: 'assistant', content: '' });
		await word_by_word(res, step.say, (content) => chunk({ content }));
		if (calls.length) chunk({ tool_calls });
		chunk({}, finish_reason);
		return res.end('data: [DONE]\n\n');
	},
};

const gemini = {
	talk(body) {
		const turns = [];
		for (const content of body.contents ?? []) {
			const results = (content.parts ?? []).filter((part) => part.functionResponse);
			for (const result of results) turns.push({ by: 'tool', text: JSON.stringify(result.functionResponse.response ?? '') });
			if (!results.length) turns.push({ by: content.role === 'model' ? 'model' : 'user', text: text_of(content.parts) });
		}
		const tools = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
		return { turns, tools: tools.map((tool) => ({ name: tool.name, schema: tool.parametersJsonSchema ?? tool.parameters })) };
	},
	refuse(step) {
		if (step.status !== 429) return [{ error: { code: step.status, message: why, status: 'INTERNAL' } }, {}];
		const details = [
			{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaMetric: 'requests', quotaId: 'GenerateRequestsPerDayPerProjectPerModel', quotaValue: '1' }] },
			{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${step.seconds}s` },
		];
		return [{ error: { code: 429, message: `You exceeded your current quota. Please retry in ${step.seconds}s.`, status: 'RESOURCE_EXHAUSTED', details } }, {}];
	},
	async reply(res, { step, calls }, body, model, streams) {
		const usageMetadata = { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 };
		// It asks itself who is next and which model to take, in JSON.
		const judges = body.generationConfig?.responseMimeType === 'application/json';
		const say = judges ? JSON.stringify({ reasoning: why, next_speaker: 'user', model_choice: 'pro', complexity_score: 1, complexity_reasoning: why }) : step.say;
		const uses = judges ? [] : calls.map((call) => ({ functionCall: { id: fresh('call'), name: call.name, args: call.input } }));
		const part = (parts, finishReason) => ({ candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason && { finishReason }) }], usageMetadata, modelVersion: model });
		if (!streams) return answer(res, 200, part([{ text: say }, ...uses], 'STOP'));
		const send = await stream(res);
		await word_by_word(res, say, (text) => send(part([{ text }])));
		send(part(uses.length ? uses : [{ text: '' }], 'STOP'));
		return res.end();
	},
};

async function serve(api, name, res, raw, model, streams) {
	const body = JSON.parse(raw);
	const talk = { ...api.talk(body), raw };
	const next = next_step(talk);
	note({ api: name, model: model ?? body.model, script: next.script, step: next.at, tools: talk.tools.map((tool) => tool.name), user: next.user, calls: next.calls.map((call) => call.name) });
	if (next.step.status) {
		const [error, headers] = api.refuse(next.step);
		return answer(res, next.step.status, error, headers);
	}
	return api.reply(res, next, body, model, streams);
}

async function route(method, path, res, raw) {
	if (method === 'GET' && path === '/healthz') return answer(res, 200, { ok: true });
	if (method === 'GET' && path === '/v1/models') {
		const data = ['claude-sonnet-4-5', 'gpt-5', 'fake'].map((id) => ({ id, object: 'model', type: 'model', display_name: id, owned_by: 'nobody', created: 1 }));
		return answer(res, 200, { object: 'list', data, has_more: false });
	}
	if (method === 'POST') {
		const google = /^\/v1\w*\/models\/([^:/]+):(\w+)$/.exec(path);
		if (path === '/v1/messages') return serve(anthropic, 'anthropic', res, raw);
		if (path === '/v1/messages/count_tokens') return answer(res, 200, { input_tokens: 100 });
		if (path === '/v1/responses') return serve(responses, 'responses', res, raw);
		if (path === '/v1/chat/completions') return serve(chat, 'chat', res, raw);
		if (google?.[2] === 'countTokens') return answer(res, 200, { totalTokens: 100 });
		if (google) return serve(gemini, 'gemini', res, raw, google[1], google[2] === 'streamGenerateContent');
	}
	note({ unknown: `${method} ${path}` });
	return answer(res, 404, { type: 'error', error: { type: 'not_found_error', message: `there is no ${path}` } });
}

const server = createServer((req, res) => {
	const pieces = [];
	req.on('data', (piece) => pieces.push(piece));
	req.on('end', () => {
		const { pathname } = new URL(req.url, 'http://localhost');
		route(req.method, pathname, res, Buffer.concat(pieces).toString()).catch((error) => {
			note({ error: String(error?.stack ?? error), path: pathname });
			if (res.headersSent) res.end();
			else answer(res, 400, { type: 'error', error: { type: 'invalid_request_error', message: String(error) } });
		});
	});
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
server.listen(Number(options.port), '127.0.0.1', () => {
	const { port } = server.address();
	if (options['port-file']) {
		writeFileSync(`${options['port-file']}.new`, `${port}\n`);
		renameSync(`${options['port-file']}.new`, options['port-file']);
	}
	console.log(`http://127.0.0.1:${port}`);
});
