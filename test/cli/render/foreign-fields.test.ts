import type { TSchema } from '@sinclair/typebox';
import type { ChalkInstance } from 'chalk';
import { describe, expect, it } from 'vitest';
import { loadColors } from '../../../src/cli/output/colors.ts';
import { terminalLine } from '../../../src/cli/output/foreign-text.ts';
import { errorLines } from '../../../src/cli/output/output.ts';
import * as access from '../../../src/cli/render/access.ts';
import { renderAct } from '../../../src/cli/render/act.ts';
import * as actions from '../../../src/cli/render/actions.ts';
import { renderHead } from '../../../src/cli/render/answer.ts';
import * as config from '../../../src/cli/render/config.ts';
import { deliveryLine } from '../../../src/cli/render/deliver.ts';
import { renderDeliveries } from '../../../src/cli/render/deliveries.ts';
import { renderDnsCheck, renderRecords } from '../../../src/cli/render/dns-check.ts';
import { renderAction } from '../../../src/cli/render/fetch-action.ts';
import { renderFile } from '../../../src/cli/render/fetch-file.ts';
import { renderProfile } from '../../../src/cli/render/fetch-profile.ts';
import * as files from '../../../src/cli/render/files.ts';
import { renderFollow } from '../../../src/cli/render/follow.ts';
import { renderIdentities } from '../../../src/cli/render/identities.ts';
import { renderInit } from '../../../src/cli/render/init.ts';
import * as keygen from '../../../src/cli/render/keygen.ts';
import * as profile from '../../../src/cli/render/profile.ts';
import { renderRelations } from '../../../src/cli/render/relations.ts';
import * as sandbox from '../../../src/cli/render/sandbox.ts';
import { renderSmokeTest } from '../../../src/cli/render/smoke-test.ts';
import { stageLine } from '../../../src/cli/render/stages.ts';
import { renderStatus } from '../../../src/cli/render/status.ts';
import * as store from '../../../src/cli/render/store.ts';
import { renderTreatment } from '../../../src/cli/render/treatment.ts';
import * as verify from '../../../src/cli/render/verify-token.ts';
import { renderWatched } from '../../../src/cli/render/watch.ts';
import { commandSchemas } from '../../../src/cli/schemas/commands.ts';
import { errorObject } from '../../../src/cli/schemas/error.ts';
import { stageReport } from '../../../src/cli/schemas/follow.ts';
import { PLANT, plantedValues, RAW } from './planted.ts';

const NOW = 1_769_860_800;
process.env['FORCE_COLOR'] = '1';
const { out: paint } = await loadColors({ json: false, noColor: false });
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const OWN_COLORS = /\u001b\[(?:1|2|22|3[1-9])m/g;
const VERDICT = { is: 'failed', code: PLANT, reason: PLANT };

/** The schema of a command's result; `at` where it has several. */
function resultOf(command: string, at = 0): TSchema {
  return (commandSchemas().get(command) as TSchema)['anyOf'][at];
}

/** Every text for people that shows a value of a schema. */
// biome-ignore lint/suspicious/noExplicitAny: made from the schema, not from the type
type Render = (value: any, colors: ChalkInstance) => string | string[] | null;
const RENDERS: readonly (readonly [name: string, schema: TSchema, render: Render])[] = [
  ['token create', resultOf('token-create'), (value, colors) => access.renderToken(value, PLANT, colors)],
  ['api-key create', resultOf('api-key-create'), (value, colors) => access.renderNewApiKey(value, PLANT, colors)],
  ['api-key list', resultOf('api-key-list'), (value) => access.renderApiKeys([value, value], NOW)],
  ['post', resultOf('post'), (value, colors) => renderAct(value, NOW, colors)],
  ['actions', resultOf('actions'), (value) => actions.renderActions([value, value])],
  ['actions ID', resultOf('actions', 1), (value, colors) => actions.renderAction(value, NOW, colors)],
  ['get', resultOf('get'), (value, colors) => renderHead(value, colors)],
  ['config', resultOf('config'), (value) => config.renderSettings([value, value])],
  ['config explain', resultOf('config-explain'), (value, colors) => config.renderSetting(value, colors)],
  ['config set', resultOf('config-set'), (value, colors) => config.renderChange(value, colors)],
  ['deliver', resultOf('deliver'), (value, colors) => deliveryLine(value, NOW * 1000, colors)],
  [
    'deliveries',
    resultOf('deliveries'),
    (value, colors) => renderDeliveries([value, { ...value, tenant: 'a' }], NOW, colors),
  ],
  ['dns-check', resultOf('dns-check'), (value, colors) => renderDnsCheck(value, colors)],
  ['dns-check --format', resultOf('dns-check'), (value) => renderRecords(value.records, 'host')],
  ['fetch-action', resultOf('fetch-action'), (value, colors) => renderAction(value, VERDICT as never, NOW, colors)],
  ['fetch-file', resultOf('fetch-file'), (value, colors) => renderFile(value, PLANT, colors)],
  ['fetch-profile', resultOf('fetch-profile'), (value, colors) => renderProfile(value, NOW, colors)],
  ['file list', resultOf('file-list'), (value) => files.renderFiles([value, value])],
  ['file list --missing', resultOf('file-list', 1), (value) => files.renderMissing([value, value])],
  ['file export', resultOf('file-export'), (value) => files.renderFoundFile(value, null)],
  ['follow', resultOf('follow'), (value, colors) => renderFollow(value, 'follow', NOW, colors)],
  ['unfollow', resultOf('unfollow'), (value, colors) => renderFollow(value, 'unfollow', NOW, colors)],
  ['identity list', resultOf('identity-list'), (value) => renderIdentities([value, value])],
  ['init', resultOf('init'), (value, colors) => renderInit(value, colors)],
  ['key list', resultOf('key-list'), (value, colors) => keygen.renderKeyList(value, true, NOW * 1000, colors)],
  ['keygen', resultOf('keygen'), (value, colors) => keygen.renderAddedKey(value, colors)],
  ['keygen --revoke', resultOf('keygen', 1), (value, colors) => keygen.renderRevokedKey(value, '/h', colors)],
  ['keygen --out', resultOf('keygen', 2), (value, colors) => keygen.renderKeyFile(value, colors)],
  ['profile show', resultOf('profile-show'), (value, colors) => profile.renderOwnProfile(value, colors)],
  ['profile show IDTAG', resultOf('profile-show', 1), (value, colors) => profile.renderPeerProfile(value, NOW, colors)],
  ['relations', resultOf('relations'), (value) => renderRelations([value, value])],
  [
    'sandbox up',
    resultOf('sandbox-up'),
    (value, colors) => sandbox.renderReady(value, colors, sandbox.firstCommands(value, 'c')),
  ],
  ['sandbox status', resultOf('sandbox-status'), (value, colors) => sandbox.renderStatus(value, colors)],
  ['smoke-test', resultOf('smoke-test'), (value, colors) => renderSmokeTest(value, colors)],
  ['a stage', stageReport, (value, colors) => stageLine({ ...value, detail: PLANT }, colors)],
  ['block', resultOf('block'), (value) => renderTreatment(value, { blocked: true })],
  ['unmute', resultOf('unmute'), (value) => renderTreatment(value, { muted: false })],
  ['status', resultOf('status'), (value, colors) => renderStatus(value, NOW * 1000, colors)],
  ['store check', resultOf('store-check'), (value, colors) => store.renderStoreCheck(value, '/h', colors)],
  ['store rebuild', resultOf('store-rebuild'), (value, colors) => store.renderStoreRebuild(value, colors)],
  [
    'verify-token',
    resultOf('verify-token'),
    (value, colors) => verify.report(value, VERDICT as never, { hint: undefined, now: NOW }, colors),
  ],
  [
    'verify-token --batch',
    resultOf('verify-token'),
    (value, colors) => verify.batchLine(1, value, VERDICT as never, colors),
  ],
  ['verify-token --inspect', resultOf('verify-token', 1), (value, colors) => verify.inspection(value, NOW, colors)],
  [
    'verify-token --inspect --batch',
    resultOf('verify-token', 1),
    (value, colors) => verify.inspectedLine({ line: 1, ...value }, colors),
  ],
  [
    'verify-token --inspect --batch, no token',
    resultOf('verify-token', 2),
    (value, colors) => verify.inspectedLine(value, colors),
  ],
  ['watch', resultOf('watch'), (value) => renderWatched(value)],
  ['an error', errorObject, (value) => errorLines(value)],
];

describe('text from elsewhere', () => {
  it.each(RENDERS)('is safe wherever it stands: %s', (_name, schema, render) => {
    const lines = plantedValues(schema).flatMap((value) => render(value, paint) ?? []);
    const shown = lines.map(terminalLine).map((line) => line.replaceAll(OWN_COLORS, ''));
    for (const line of shown) expect(line).not.toMatch(RAW);
    // It was planted where it shows.
    expect(shown.join('\n')).toContain('plant\\u001b');
  });
});
