'use strict';
(() => {
    const table = document.getElementById('results');
    if (!table) {
        return;
    }

    const bodies = Array.from(table.tBodies, (body, index) => ({
        body, index,
        keys: Array.from(body.rows[0].cells, cell => cell.dataset.sort || ''),
        verdict: ' ' + body.dataset.verdict + ' ',
        text: body.textContent.toLowerCase(),
    }));
    const filter = document.getElementById('filter');
    const verdict = document.getElementById('verdict');
    const shown = document.getElementById('shown');
    const all = document.getElementById('open');
    const heads = Array.from(table.tHead.rows[0].cells);
    const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

    function show() {
        const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
        let count = 0;
        for (const row of bodies) {
            const fits = (verdict.value === 'all' || row.verdict.includes(' ' + verdict.value + ' '))
                && words.every(word => row.text.includes(word));
            row.body.hidden = !fits;
            count += fits;
        }

        shown.textContent = count === bodies.length
            ? count + (count === 1 ? ' result' : ' results') : count + ' of ' + bodies.length + ' results';
    }

    function sort(column) {
        const head = heads[column];
        const down = head.getAttribute('aria-sort') === 'ascending';
        heads.forEach(other => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const compare = (one, other) => {
            const [a, b] = [one.keys[column], other.keys[column]];
            // What has no value comes last, whichever way.
            return (a === '') - (b === '') || (down ? order.compare(b, a) : order.compare(a, b)) || one.index - other.index;
        };
        const sorted = bodies.slice().sort(compare);
        table.append(...sorted.map(row => row.body));
    }

    heads.forEach((head, column) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = head.textContent;
        button.addEventListener('click', () => sort(column));
        head.replaceChildren(button);
    });

    let wait = 0;
    filter.addEventListener('input', () => {
        clearTimeout(wait);
        wait = setTimeout(show, bodies.length > 2000 ? 250 : 0);
    });
    verdict.addEventListener('change', show);
    const details = () => bodies.filter(row => !row.body.hidden).map(row => row.body.querySelector('details'));
    all.addEventListener('click', () => {
        const open = all.getAttribute('aria-pressed') !== 'true';
        all.setAttribute('aria-pressed', String(open));
        all.textContent = open ? 'Close all details' : 'Open all details';
        details().forEach(one => { one.open = open; });
    });

    document.getElementById('tools').hidden = false;
    show();
})();
